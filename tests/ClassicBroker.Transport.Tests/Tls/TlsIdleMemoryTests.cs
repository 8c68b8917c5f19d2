using System.Net.Security;
using ClassicBroker.Testing.Channels;

namespace ClassicBroker.Transport.Tests;

/// <summary>Thousands of connections that say nothing must be cheap: none keeps a buffer of its own or of the platform.</summary>
[Collection(MemoryCollection.Name)]
public sealed class TlsIdleMemoryTests
{
    private const int Pairs = 64;

    /// <summary>Far below the 16 KiB of a record and the 32 KiB the platform reads into, far above what the objects take.</summary>
    private const int BytesMax = 16 * 1024;

    /// <summary>The handler, its place in the pipeline and its timer.</summary>
    private const int SilentBytesMax = 1024;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);
    private static readonly KeyStore Store = TestCertificate.Store("CN=server", "broker.example");

    [Fact]
    public void An_idle_connection_holds_no_buffer()
    {
        var server = TlsOptions.Server(Store, null, ClientAuthentication.None);
        var warm = Connect(server, 8);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        var idle = Connect(server, Pairs);

        var each = (GC.GetTotalMemory(forceFullCollection: true) - before) / (2 * Pairs);
        GC.KeepAlive(warm);
        Assert.InRange(each, 0, BytesMax);
        Assert.All(idle, channel => Assert.True(channel.Open));
    }

    [Fact]
    public void A_stranger_that_says_nothing_costs_little_more_than_without_tls()
    {
        var options = TlsOptions.Server(Store, null, ClientAuthentication.None);
        var warm = Silent(() => new EmbeddedChannel(new TlsHandler(options, Timeout)));
        var plain = Silent(() => new EmbeddedChannel());

        var tls = Silent(() => new EmbeddedChannel(new TlsHandler(options, Timeout)));

        GC.KeepAlive(warm);
        Assert.InRange(tls.BytesEach, 0, plain.BytesEach + SilentBytesMax);
    }

    private static (List<EmbeddedChannel> Channels, long BytesEach) Silent(Func<EmbeddedChannel> make)
    {
        var channels = new List<EmbeddedChannel>(Pairs);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < Pairs; i++)
        {
            channels.Add(make());
        }

        return (channels, (GC.GetTotalMemory(forceFullCollection: true) - before) / Pairs);
    }

    private static List<EmbeddedChannel> Connect(SslServerAuthenticationOptions options, int pairs)
    {
        var channels = new List<EmbeddedChannel>();
        for (var i = 0; i < pairs; i++)
        {
            var client = new EmbeddedChannel(new TlsHandler(TlsOptions.Client("broker.example", Store, null, verifyHost: true), Timeout));
            var server = new EmbeddedChannel(new TlsHandler(options, Timeout));
            client.Run(() => client.SendAndFlush(Message.Of("a request"u8)));
            while (Carry(client, server) | Carry(server, client))
            {
            }

            server.Run(() => server.SendAndFlush(Message.Of("and its answer"u8)));
            while (Carry(client, server) | Carry(server, client))
            {
            }

            channels.AddRange([client, server]);
        }

        return channels;
    }

    private static bool Carry(EmbeddedChannel from, EmbeddedChannel to)
    {
        var bytes = from.TakeOutbound();
        if (bytes.Length > 0)
        {
            to.WriteInbound(bytes);
        }

        return bytes.Length > 0;
    }
}
