"""What a calculation reads: who is paid, what they did, what they were to reach, frozen once."""
