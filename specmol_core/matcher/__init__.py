"""What retrieval sees of a trained model: the protocol, the judgement and the assignment."""
