namespace ClassicBroker.Conformance.Tests.Recordings;

/// <summary>A request as it went to one broker of a real Kafka on one of its connections, what came back, and when.</summary>
internal sealed record TimedExchange(
    string Phase, int Line, long SentMs, long AnsweredMs, int To, int Connection, string ClientId, byte[] Request, byte[]? Response)
{
    /// <summary>The number that the phase begins with.</summary>
    public int Number => int.Parse(Phase[..2], System.Globalization.CultureInfo.InvariantCulture);

    public override string ToString() => $"{Phase}#{Line}";
}
