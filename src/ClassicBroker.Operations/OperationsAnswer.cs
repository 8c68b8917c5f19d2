namespace ClassicBroker.Operations;

/// <summary>What a request is answered with. Immutable.</summary>
public sealed record OperationsAnswer(int Status, string ContentType, byte[] Body);
