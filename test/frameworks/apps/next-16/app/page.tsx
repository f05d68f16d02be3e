import { logIn } from './actions';

export default function Home() {
  return (
    <form action={logIn}>
      <input name="password" type="password" />
      <button type="submit">Log in</button>
    </form>
  );
}
