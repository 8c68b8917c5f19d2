using System.Net;
using ClassicBroker.Primitives;
using ClassicBroker.ZooKeeper.Jute;

namespace ClassicBroker.ZooKeeper.Server.Tests.Core;

/// <summary>Weaknesses that Apache ZooKeeper once had, by number, tried on this server. 2026-24281 is with TLS (<c>CveTests</c> of Transport).</summary>
public sealed class CveTests
{
    private readonly ServerBench _bench = new(everythingOn: true);

    /// <summary>There members of an ensemble without an instance in their principal were not checked; here there is nothing to join.</summary>
    [Theory]
    [InlineData("server.1=rogue.example:2888:3888")]
    [InlineData("server.1=rogue.example:2888:3888\nquorum.auth.enableSasl=true")]
    public void Cve_2023_44981_No_stranger_joins_an_ensemble(string lines) =>
        Assert.Contains(
            "this server runs alone",
            Assert.Throws<MalformedDataException>(
                () => ZooKeeperServerConfigParser.Parse(JavaProperties.Parse("dataDir=/d\n" + lines), _ => { })).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Cve_2024_23944_A_watch_does_not_name_znodes_that_its_holder_may_not_read(int mode)
    {
        var stranger = _bench.Connect();
        stranger.Create("/open");
        foreach (var path in new[] { "/open", "/open/secret", "/open/secret/deep" })
        {
            Assert.Equal(ZooKeeperError.None, stranger.Ask(OpCode.AddWatch, writer =>
            {
                writer.WriteString(path);
                writer.WriteInt(mode);
            }).Header.Error);
        }

        var alice = LoggedIn();
        Create(alice, "/open/secret");
        Create(alice, "/open/secret/deep");
        alice.Set("/open/secret/deep", "data");
        alice.Delete("/open/secret/deep");
        alice.Delete("/open/secret");
        stranger.Create("/open/seen");
        stranger.Settle();
        Assert.DoesNotContain(stranger.Events, line => line.Contains("secret", StringComparison.Ordinal));
        Assert.Contains(mode == 0 ? "NodeChildrenChanged /open" : "NodeCreated /open/seen", stranger.Events);
    }

    [Fact]
    public void Cve_2024_23944_Watches_that_are_taken_up_again_tell_no_more()
    {
        var alice = LoggedIn();
        Create(alice, "/secret");
        var stranger = _bench.Connect();
        stranger.Ask(OpCode.SetWatches, new SetWatchesRequest(0, ["/secret"], ["/secret"], ["/secret"], [], []).Write, SpecialXid.SetWatches);
        stranger.Settle();
        Assert.Empty(stranger.Events);
    }

    /// <summary>There a header of HTTP could name the address that ACLs are checked against; here the socket does, and nothing is served by HTTP.</summary>
    [Fact]
    public void Cve_2024_51504_No_client_says_which_address_it_comes_from()
    {
        var near = _bench.Connect();
        near.Ask(OpCode.Create, writer => BenchClient.WriteCreate(
            writer, "/near", "", [new(ZnodePermissions.All, "ip", "127.0.0.1")], CreateMode.Persistent));
        var far = new BenchClient(_bench, new IPEndPoint(IPAddress.Parse("10.9.9.9"), 50000));
        far.ConnectSession(new ConnectRequest(0, 1000, 0, new byte[16], false));
        far.Ask(OpCode.Auth, new AuthPacket("ip", "127.0.0.1"u8.ToArray()).Write, SpecialXid.Auth);
        Assert.True(far.IsClosed || far.Get("/near") is null);

        var http = _bench.Open();
        http.Deliver([.. "GET /commands/stat HTTP/1.1\r\nX-Forwarded-For: 127.0.0.1\r\n\r\n"u8]);
        Assert.True(http.IsClosed);
        Assert.Empty(http.Sink.Received);
    }

    /// <summary>There any client of the admin server could take and put back snapshots (GHSA-2hmj-97jw-28jh).</summary>
    [Theory]
    [InlineData("snap")]
    [InlineData("rest")]
    [InlineData("kill")]
    [InlineData("shut")]
    public void Ghsa_2hmj_97jw_28jh_No_word_takes_or_restores_a_snapshot_or_ends_the_server(string word)
    {
        var bytes = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(System.Text.Encoding.ASCII.GetBytes(word));
        Assert.False(FourLetterWords.IsWord(bytes));
    }

    private BenchClient LoggedIn()
    {
        var client = _bench.Connect();
        client.Ask(OpCode.Auth, new AuthPacket("digest", "alice:secret"u8.ToArray()).Write, SpecialXid.Auth);
        return client;
    }

    private static void Create(BenchClient client, string path) =>
        Assert.Equal(
            ZooKeeperError.None,
            client.Ask(OpCode.Create, writer => BenchClient.WriteCreate(
                writer, path, "", [new(ZnodePermissions.All, "auth", "")], CreateMode.Persistent)).Header.Error);
}
