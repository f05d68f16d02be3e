/** The theme of VitePress, without its web font, with a program beside the headline. */

import { type Theme, useRoute } from 'vitepress';
import DefaultTheme from 'vitepress/theme-without-fonts';
import { defineAsyncComponent, h, nextTick, onMounted, watch } from 'vue';
import Hero from '../../parts/hero.md';
import { showActiveLink } from './active-link.ts';
import { applyTabs, followTabs } from './tabs.ts';
import './style.css';

export default {
  extends: DefaultTheme,
  Layout: () =>
    h(DefaultTheme.Layout, null, {
      'home-hero-image': () => h('div', { class: 'hero-code vp-doc' }, h(Hero)),
    }),
  enhanceApp({ app }) {
    app.component(
      'RatesChart',
      defineAsyncComponent(() => import('./RatesChart.vue')),
    );
  },
  setup() {
    const route = useRoute();
    onMounted(() => {
      followTabs();
      // The sidebar marks the open page in the next tick.
      nextTick(showPage);
    });
    watch(
      () => route.path,
      () => nextTick(showPage),
    );
  },
} satisfies Theme;

function showPage(): void {
  applyTabs();
  showActiveLink();
}
