import { redirect } from 'next/navigation';
import { getUser } from '../../lib/auth';
import { logOut } from '../actions';

export default async function Account() {
  const user = await getUser();
  if (!user) redirect('/');
  return (
    <form action={logOut}>
      <p>{`Hello ${user.sub}`}</p>
      <button type="submit">Log out</button>
    </form>
  );
}
