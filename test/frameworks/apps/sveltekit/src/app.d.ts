import type { AccessClaims } from 'jotkit/sessions';

declare global {
  namespace App {
    interface Locals {
      user: AccessClaims | undefined;
    }
  }
}
