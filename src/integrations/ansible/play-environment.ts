const passedOn = /^(PATH|HOME|USER|LOGNAME|TMPDIR|TZ|LANG|LC_\w+|SSH_AUTH_SOCK|ANSIBLE_\w+)$/

/**
 * What a play sees of Adder's environment: where things are, and what is Ansible's. Not the rest, for that is where
 * Adder's secrets are.
 *
 * https://docs.ansible.com/ansible/latest/reference_appendices/config.html (read in November 2026)
 */
export function playEnvironment(): Record<string, string> {
  const inherited = Object.entries(process.env).filter(([name]) => passedOn.test(name))
  return {
    // Ansible wants UTF-8, which a service is often not given.
    LANG: 'C.UTF-8',
    // Without it, a host that is misspelt or gone is left out, and the play succeeds.
    ANSIBLE_HOST_PATTERN_MISMATCH: 'error',
    ...Object.fromEntries(inherited.filter((entry): entry is [string, string] => entry[1] !== undefined)),
    ANSIBLE_FORCE_COLOR: '0',
  }
}
