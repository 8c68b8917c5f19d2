namespace ClassicBroker.Conformance.Tests.Groups;

/// <summary>A request as it went to a real Kafka on one of its connections, what came back, and when.</summary>
internal sealed record TimedExchange(
    string Phase, int Line, long SentMs, long AnsweredMs, int Connection, string ClientId, byte[] Request, byte[]? Response)
{
    public override string ToString() => $"{Phase}#{Line}";
}
