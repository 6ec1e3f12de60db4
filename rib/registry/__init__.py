"""What routes are judged against: VRPs, IRR, organisations, relationships, delegations."""
