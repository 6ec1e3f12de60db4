//! Weight of every route: the addresses of its prefix that its peer has no more-specific for, or 1
//! in IPv6.

use super::input::Input;
use super::views::{NO_VIEW, Views};

/// Weights by route, the same for all routes of a peer to a prefix; 0 for default routes and for
/// peers that are no vantage points.
pub fn weights(input: &Input<'_>, views: &Views) -> Vec<u32> {
    let routes = &input.routes;
    let mut weights = vec![0_u32; routes.prefix.len()];
    // By view, the IPv4 prefixes around the current one: last address, and the route with the weight.
    let mut covers: Vec<Vec<(u32, usize)>> = vec![Vec::new(); views.vp.len()];
    let mut start = 0;
    for of_prefix in routes.prefix.chunk_by(|a, b| a == b) {
        let range = start..start + of_prefix.len();
        start = range.end;
        let prefix = of_prefix[0] as usize;
        let (length, is_v6) = (
            u32::from(input.prefixes.length[prefix]),
            input.prefixes.family[prefix] == 6,
        );
        if length == 0 {
            continue;
        }
        let size = if is_v6 {
            1
        } else {
            1_u32 << (32 - length.min(32))
        };
        let network = input.prefixes.network4(prefix);
        for route in range.clone() {
            let peer = routes.peer[route];
            let view = views.of_peer[usize::from(is_v6)][usize::from(peer)];
            let repeated = route > range.start && routes.peer[route - 1] == peer;
            if view == NO_VIEW || repeated {
                continue;
            }
            weights[route] = size;
            if is_v6 {
                continue;
            }
            let covers = &mut covers[view as usize];
            while covers.last().is_some_and(|c| c.0 < network) {
                covers.pop();
            }
            if let Some((_, around)) = covers.last() {
                weights[*around] = weights[*around].saturating_sub(size);
            }
            covers.push((network | (size - 1), route));
        }
    }
    for route in 1..weights.len() {
        let same = |of: &[u32]| of[route - 1] == of[route];
        if routes.peer[route - 1] == routes.peer[route] && same(routes.prefix) {
            weights[route] = weights[route - 1];
        }
    }
    weights
}
