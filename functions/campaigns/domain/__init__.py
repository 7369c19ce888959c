"""What a campaign is and how its audience becomes chunks: pure."""
