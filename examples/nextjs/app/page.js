// A public page with a login.
export default function Page() {
  return (
    <form method="post" action="/api/auth/login">
      <button type="submit">Log in as Ada</button>
    </form>
  );
}
