using System.Net.Security;
using System.Text;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Transport;
using DotNetty.Buffers;
using DotNetty.Transport.Channels;

namespace ClassicBroker.Testing.Security;

/// <summary>
/// A server of HTTP that a test plays: it hears requests whole, and answers each with the bytes that the test gives it. Threading: the test's
/// thread.
/// </summary>
public sealed class TestIssuer
{
    private readonly List<string> _requests = [];
    private readonly SslServerAuthenticationOptions? _tls;

    private TestIssuer(SslServerAuthenticationOptions? tls) => _tls = tls;

    /// <summary>What was asked, in order, as it came.</summary>
    public IReadOnlyList<string> Requests => _requests;

    /// <summary>What is answered to a request; null leaves it without an answer.</summary>
    public Func<string, string?> Answer { get; set; } = _ => null;

    /// <summary>The connection ends behind an answer.</summary>
    public bool Closes { get; set; } = true;

    public static TestIssuer Listen(ManualTime time, ITransport transport, int port, KeyStore? keyStore = null)
    {
        var issuer = new TestIssuer(keyStore is null ? null : TlsOptions.Server(keyStore, null, ClientAuthentication.None));
        time.Await(transport.ListenAsync(new ListenOptions { Port = port, Initializer = issuer.Fill }));
        return issuer;
    }

    /// <summary>An answer of status 200 with a document.</summary>
    public static string Document(string json) => WithStatus("200 OK", json);

    public static string WithStatus(string status, string json) =>
        $"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(json)}\r\n\r\n{json}";

    private void Fill(TransportChannel channel)
    {
        if (_tls is not null)
        {
            channel.Pipeline.AddLast(new TlsHandler(_tls, TimeSpan.FromSeconds(10)));
        }

        channel.Pipeline.AddLast(new Conversation(this, channel));
    }

    private sealed class Conversation(TestIssuer issuer, TransportChannel channel) : TransportHandler
    {
        private readonly StringBuilder _received = new();

        public override void ChannelRead(IChannelHandlerContext context, object message)
        {
            _received.Append(Encoding.Latin1.GetString(((IByteBuffer)message).ReadableSpan()));
            var text = _received.ToString();
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end < 0 || text.Length < end + 4 + BodyLength(text[..end]))
            {
                return;
            }

            _received.Clear();
            issuer._requests.Add(text);
            if (issuer.Answer(text) is { } answer)
            {
                context.SendAndFlush(context.Allocator.Copy(Encoding.UTF8.GetBytes(answer)));
                if (issuer.Closes)
                {
                    channel.Execute(channel.CloseAfterFlush);
                }
            }
        }

        protected override void OnException(IChannelHandlerContext context, Exception exception) => context.Close();

        private static int BodyLength(string head) =>
            head.Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Length: ", StringComparison.Ordinal)) is { } line
                ? int.Parse(line["Content-Length: ".Length..], System.Globalization.CultureInfo.InvariantCulture)
                : 0;
    }
}
