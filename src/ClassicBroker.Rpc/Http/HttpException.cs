namespace ClassicBroker.Rpc.Http;

/// <summary>A server of HTTP was not reached, or answered what is not an answer; the message says which and why.</summary>
public sealed class HttpException(string message) : IOException(message)
{
    /// <summary>The server has understood and refused: asking again brings the same.</summary>
    public bool IsFinal { get; init; }
}
