namespace ClassicBroker.Protocol.Generator;

/// <summary>A mistake in a schema file; lines count from zero.</summary>
internal readonly struct SchemaError(int line, string message)
{
    public int Line { get; } = line;

    public string Message { get; } = message;
}
