using System.Text;
using ClassicBroker.Primitives;
using ClassicBroker.Transport;

namespace ClassicBroker.Rpc.Http;

/// <summary>One request of HTTP/1.1, on a connection of its own. Immutable.</summary>
public sealed record HttpRequest
{
    public required HttpAddress Address { get; init; }

    /// <summary>Whom to trust, and what to show, where the address is one of <c>https</c>.</summary>
    public required TlsContext Tls { get; init; }

    public string Method { get; init; } = "GET";

    /// <summary>Fields beside those that every request has.</summary>
    public IReadOnlyList<(string Name, string Value)> Fields { get; init; } = [];

    public byte[] Body { get; init; } = [];

    /// <summary>For each address of the host.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>From the open connection to the end of the answer, TLS included.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>The longest body taken.</summary>
    public int BodyBytesMax { get; init; } = 512 * 1024;

    /// <summary>As it goes over the network.</summary>
    public byte[] ToBytes()
    {
        var head = new StringBuilder($"{Method} {Address.Target} HTTP/1.1\r\nHost: {Address.Authority}\r\n");
        head.Append("Accept: application/json\r\nAccept-Encoding: identity\r\nCache-Control: no-cache\r\nConnection: close\r\n");
        foreach (var (name, value) in Fields)
        {
            Invariant.Require(!value.Any(char.IsControl), $"the field {name} of a request has no line ends");
            head.Append($"{name}: {value}\r\n");
        }

        if (Body.Length > 0)
        {
            head.Append($"Content-Length: {Body.Length}\r\n");
        }

        return [.. Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), .. Body];
    }
}
