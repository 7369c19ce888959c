"""Rules over what chats revealed, offers, journeys and what came of them: pure."""
