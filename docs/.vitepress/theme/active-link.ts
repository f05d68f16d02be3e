/** Scrolls the sidebar to the link of the open page, which VitePress leaves below the fold. */

export function showActiveLink(): void {
  const sidebar = document.querySelector('.VPSidebar');
  const link = sidebar?.querySelector('.is-active > .item');
  if (!sidebar || !link) return;
  const { top, bottom } = link.getBoundingClientRect();
  const isVisible = top > sidebar.getBoundingClientRect().top && bottom < window.innerHeight;
  if (!isVisible) sidebar.scrollTop += top - window.innerHeight / 3;
}
