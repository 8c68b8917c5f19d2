using ClassicBroker.Primitives;

namespace ClassicBroker.Metadata.Admin;

/// <summary>Why something an operator asked for is not done: the code and the sentence of the response.</summary>
public sealed record AdminRefusal(ErrorCode Error, string Message);
