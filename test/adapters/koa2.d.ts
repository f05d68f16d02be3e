/** Koa 2 under the name it has here; its types are those of Koa 3 in all that is used. */
declare module 'koa2' {
  import Koa from 'koa';
  export default Koa;
}
