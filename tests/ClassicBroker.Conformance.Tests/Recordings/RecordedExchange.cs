namespace ClassicBroker.Conformance.Tests.Recordings;

/// <summary>
/// A request as it went to a real Kafka, and what came back; no response where none came. <see cref="Source"/> names the file of the
/// recording and the line in it; <see cref="To"/> the broker, where the recording tells it.
/// </summary>
public sealed record RecordedExchange(string Source, int Line, string ClientId, byte[] Request, byte[]? Response)
{
    public int? To { get; init; }

    public override string ToString() => $"{Source}#{Line}";
}
