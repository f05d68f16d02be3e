import * as jotkit from 'jotkit';
import keys from './keys.json';
import { matrix } from './matrix.mjs';

export default {
  async test() {
    console.log(JSON.stringify(await matrix(jotkit, keys)));
  },
};
