/**
 * A callback plugin that writes the play's recap as JSON into the file `$ADDER_RECAP_FILE`. ansible-core itself tells it
 * only as text, and its exit codes mean several things each. A notification plugin, so that the output stays as people
 * know it and the `callbacks_enabled` of ansible.cfg holds.
 *
 * https://docs.ansible.com/ansible/latest/dev_guide/developing_plugins.html#callback-plugins (read in November 2026)
 */
export const recapPlugin = `import json
import os

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = 'notification'
    CALLBACK_NAME = 'adder_recap'
    CALLBACK_NEEDS_ENABLED = False

    def v2_playbook_on_stats(self, stats):
        target = os.environ['ADDER_RECAP_FILE']
        with open(target + '.new', 'w') as recap:
            json.dump({host: stats.summarize(host) for host in stats.processed}, recap)
        os.rename(target + '.new', target)
`
