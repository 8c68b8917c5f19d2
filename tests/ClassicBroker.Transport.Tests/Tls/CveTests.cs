using System.Security.Cryptography.X509Certificates;
using ClassicBroker.Testing.Channels;
using ClassicBroker.Testing.Security;
using DotNetty.Transport.Channels;

namespace ClassicBroker.Transport.Tests;

/// <summary>Weaknesses that others once had, by number, tried on this TLS.</summary>
public sealed class CveTests
{
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);

    /// <summary>There a name that DNS gave for an address was taken for the host connected to; here only what was connected to counts.</summary>
    [Theory]
    [InlineData("localhost", false)]
    [InlineData("127.0.0.1", true)]
    public void Cve_2026_24281_A_certificate_is_for_the_address_connected_to_and_not_for_its_name_in_DNS(string host, bool isTaken)
    {
        using var authority = new TestAuthority("Authority");
        using var certificate = authority.Issue("CN=localhost", host);
        var store = KeyStore.Parse(certificate.Export(X509ContentType.Pkcs12, "secret"), "secret", null);
        var trusted = KeyStore.ParsePem(authority.CertificatePem, null);
        var end = new End();
        var client = new EmbeddedChannel(
            new TlsHandler(TlsOptions.Client("127.0.0.1", trusted, null, verifyHost: true), HandshakeTimeout), end);
        var server = new EmbeddedChannel(
            new TlsHandler(TlsOptions.Server(store, null, ClientAuthentication.None), HandshakeTimeout), new End());
        while (Carry(client, server) | Carry(server, client))
        {
        }

        Assert.Equal(isTaken, end.IsEstablished);
        Assert.Equal(isTaken, client.Open);
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

    private sealed class End : TransportHandler
    {
        public bool IsEstablished { get; private set; }

        public override void UserEventTriggered(IChannelHandlerContext context, object evt) => IsEstablished |= evt is TlsHandshakeCompleted;

        protected override void OnException(IChannelHandlerContext context, Exception exception) => context.Close();
    }
}
