/** True for exactly this share of the calls, spread evenly; 0 where none is given. */
export function everyShare(share = 0): () => boolean {
  let calls = 0
  return () => Math.floor(++calls * share) > Math.floor((calls - 1) * share)
}
