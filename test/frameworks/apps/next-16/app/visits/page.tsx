import Link from 'next/link';

/** Links below the first screen, which Next.js prefetches when the user scrolls to them. */
export default function Visits() {
  return (
    <main>
      <div style={{ height: '300vh' }} />
      <Link href="/account">Prefetched in part</Link>
      <div style={{ height: '300vh' }} />
      <Link href="/account?whole" prefetch={true}>
        Prefetched as a whole
      </Link>
    </main>
  );
}
