using System.Buffers.Binary;
using System.Net.Security;
using System.Text;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc.Sasl;
using ClassicBroker.Rpc.Tests.Sasl;
using ClassicBroker.Testing.Channels;
using ClassicBroker.Transport;
using DotNetty.Buffers;
using DotNetty.Transport.Channels;

namespace ClassicBroker.Server.Tests.Security.WrongWays;

/// <summary>
/// One connection to a listener of a whole broker, by which anything can be sent; keeps what came back, in words. Threading: the test's thread.
/// </summary>
internal sealed class Stranger
{
    private const int LengthFieldSize = 4;
    private const byte TlsAlert = 0x15;

    private readonly EmbeddedChannel _broker;
    private readonly TlsSide? _tls;
    private readonly Queue<(ApiKey Key, short Version, bool IsBare)> _asked = [];
    private readonly MemoryStream _received = new();
    private string _last = "";
    private int _correlationId;
    private bool _bareTokens;

    /// <param name="broker">The broker's end of the connection.</param>
    /// <param name="tls">How TLS is spoken; null for not at all.</param>
    public Stranger(EmbeddedChannel broker, SslClientAuthenticationOptions? tls)
    {
        _broker = broker;
        if (tls is not null)
        {
            _tls = new TlsSide(broker, tls);
        }

        Pump();
    }

    /// <summary>The token of the last answer to a SaslAuthenticate.</summary>
    public byte[] Token { get; private set; } = [];

    /// <summary>What came of it all: the last answer, or what the client's own TLS says, and whether the connection is still open.</summary>
    public string Outcome()
    {
        Wait(200);
        var last = _tls?.Failure ?? (_received.Length > 0 ? Convert.ToHexStringLower(_received.ToArray()) : _last);
        return $"{last} {(_broker.Open ? "open" : "closed")}".TrimStart();
    }

    public Stranger Handshake(string mechanism, short version = 1)
    {
        Ask(new SaslHandshakeRequest { Mechanism = mechanism }, version);
        _bareTokens = version == 0;
        return this;
    }

    public Stranger Authenticate(string token, short version = 2) => Authenticate(Encoding.Latin1.GetBytes(token), version);

    /// <summary>The next token of the exchange, as the handshake's version has it.</summary>
    public Stranger Authenticate(byte[] token, short version = 2)
    {
        if (!_bareTokens)
        {
            return Ask(new SaslAuthenticateRequest { AuthBytes = token }, version);
        }

        _asked.Enqueue((ApiKey.SaslAuthenticate, 0, true));
        return Frame(token);
    }

    /// <summary>Goes through the exchange of a client's half; tokens can be changed on their way.</summary>
    public Stranger LogIn(ISaslLogin login, string mechanism, Func<string, string>? changeFirst = null, Func<string, string>? changeLast = null)
    {
        Handshake(mechanism);
        var client = login.Begin("127.0.0.1");
        Authenticate(Changed(client.FirstToken(), changeFirst));
        return client.Answer(Token) is { } next ? Authenticate(Changed(next, changeLast)) : this;
    }

    public Stranger Versions(short version = 3) =>
        Ask(new ApiVersionsRequest { ClientSoftwareName = "c", ClientSoftwareVersion = "1" }, version);

    public Stranger Ask(IRequest request, short version)
    {
        var header = new RequestHeader
        {
            RequestApiKey = (short)request.Api.Key,
            RequestApiVersion = version,
            CorrelationId = ++_correlationId,
            ClientId = "c",
        };
        var headerVersion = request.Api.RequestHeaderVersion(version);
        var content = new byte[header.Size(headerVersion) + request.Size(version)];
        var writer = new ProtocolWriter(content);
        header.Write(ref writer, headerVersion);
        request.Write(ref writer, version);
        _asked.Enqueue((request.Api.Key, version, false));
        return Frame(content);
    }

    public Stranger Frame(params byte[] content)
    {
        var frame = new byte[LengthFieldSize + content.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, content.Length);
        content.CopyTo(frame, LengthFieldSize);
        return Raw(frame);
    }

    public Stranger Raw(params byte[] bytes)
    {
        if (_tls is not null)
        {
            _tls.Send(bytes);
        }
        else if (_broker.Open)
        {
            _broker.WriteInbound(bytes);
        }

        Pump();
        return this;
    }

    /// <summary>Below the client's TLS, past what that would send.</summary>
    public Stranger Beneath(params byte[] bytes)
    {
        if (_broker.Open)
        {
            _broker.WriteInbound(bytes);
        }

        Pump();
        return this;
    }

    /// <summary>The next record that TLS would send arrives with one bit turned.</summary>
    public Stranger Tampered(params byte[] bytes)
    {
        _tls!.SendTampered(bytes);
        Pump();
        return this;
    }

    public Stranger Wait(long milliseconds)
    {
        _broker.Time.AdvanceMs(milliseconds);
        Pump();
        return this;
    }

    public Stranger Leave()
    {
        if (_broker.Open)
        {
            _broker.FinishInbound();
        }

        Pump();
        return this;
    }

    private static byte[] Changed(byte[] token, Func<string, string>? change) =>
        change is null ? token : Encoding.UTF8.GetBytes(change(Encoding.UTF8.GetString(token)));

    private void Pump()
    {
        _received.Write(_tls?.Take() ?? _broker.TakeOutbound());
        var bytes = _received.ToArray();
        var rest = bytes.AsSpan();
        while (rest.Length > LengthFieldSize && rest[0] != TlsAlert)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(rest);
            _last = Describe(rest.Slice(LengthFieldSize, length).ToArray());
            rest = rest[(LengthFieldSize + length)..];
        }

        _received.SetLength(0);
        _received.Write(rest);
    }

    private string Describe(byte[] frame)
    {
        var (key, version, isBare) = _asked.Dequeue();
        if (isBare)
        {
            Token = frame;
            return "token";
        }

        switch (key)
        {
            case ApiKey.SaslHandshake:
                var handshake = Read<SaslHandshakeResponse>(frame, version);
                return handshake.ErrorCode == ErrorCode.UnsupportedSaslMechanism
                    ? $"33 {string.Join(',', handshake.Mechanisms)}"
                    : $"{(int)handshake.ErrorCode} handshake";
            case ApiKey.SaslAuthenticate:
                var answer = Read<SaslAuthenticateResponse>(frame, version);
                Token = answer.AuthBytes;
                return answer.ErrorCode == ErrorCode.None ? "token" : $"{(int)answer.ErrorCode} {answer.ErrorMessage}";
            case ApiKey.ApiVersions:
                return $"{(int)Read<ApiVersionsResponse>(frame, version).ErrorCode} versions";
            default:
                return $"an answer of {key}";
        }
    }

    private static T Read<T>(byte[] frame, short version)
        where T : class, IResponse, new()
    {
        var reader = new ProtocolReader(frame, 1 << 20);
        var body = new T();
        new ResponseHeader().Read(ref reader, body.Api.ResponseHeaderVersion(version));
        body.Read(ref reader, version);
        return body;
    }

    /// <summary>The client's side of TLS, and the wire between it and the broker.</summary>
    private sealed class TlsSide : TransportHandler
    {
        private readonly EmbeddedChannel _broker;
        private readonly EmbeddedChannel _near;
        private readonly MemoryStream _decrypted = new();

        public TlsSide(EmbeddedChannel broker, SslClientAuthenticationOptions options)
        {
            _broker = broker;
            _near = new EmbeddedChannel(
                broker.Time, ChannelOptions.Default, new TlsHandler(options, TimeSpan.FromSeconds(60)), this);
            Exchange();
        }

        /// <summary>Why TLS did not come about, as the client has it; null where it did.</summary>
        public string? Failure { get; private set; }

        public void Send(byte[] bytes)
        {
            if (_near.Open)
            {
                _near.Run(() => _near.SendAndFlush(_near.Allocator.Copy(bytes)));
                Exchange();
            }
        }

        public void SendTampered(byte[] bytes)
        {
            _near.Run(() => _near.SendAndFlush(_near.Allocator.Copy(bytes)));
            var record = _near.TakeOutbound();
            record[^1] ^= 1;
            _broker.WriteInbound(record);
            Exchange();
        }

        public byte[] Take()
        {
            Exchange();
            var bytes = _decrypted.ToArray();
            _decrypted.SetLength(0);
            return bytes;
        }

        public override void ChannelRead(IChannelHandlerContext context, object message) =>
            _decrypted.Write(((IByteBuffer)message).ReadableSpan());

        protected override void OnException(IChannelHandlerContext context, Exception exception) => Failure ??= exception.Message;

        private void Exchange()
        {
            while (Carry(_near, _broker) | Carry(_broker, _near))
            {
            }

            // What one side has closed, the other hears of.
            if (!_near.Open && _broker.Open)
            {
                _broker.FinishInbound();
            }
            else if (_near.Open && !_broker.Open)
            {
                _near.FinishInbound();
            }
        }

        private static bool Carry(EmbeddedChannel from, EmbeddedChannel to)
        {
            var bytes = from.TakeOutbound();
            if (bytes.Length > 0 && to.Open)
            {
                to.WriteInbound(bytes);
            }

            return bytes.Length > 0;
        }
    }
}
