import { Option } from 'commander'

/** Which project a command is about. */
export function configOption(): Option {
  return new Option('-c, --config <path>', 'the configuration, or the folder it is in').default('.', 'this folder')
}
