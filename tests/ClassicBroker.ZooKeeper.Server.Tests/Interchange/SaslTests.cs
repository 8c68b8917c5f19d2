using ClassicBroker.Testing.ZooKeeper;
using ClassicBroker.ZooKeeper.Server.Tests.Conformance;

namespace ClassicBroker.ZooKeeper.Server.Tests.Interchange;

/// <summary>SASL DIGEST-MD5 against Apache ZooKeeper.</summary>
public sealed class SaslTests
{
    [Fact]
    public async Task Right_password_makes_the_client_known_by_its_user()
    {
        await using var server = await RealZooKeeper.StartWithSaslAsync("broker", "s3cret");
        await using var client = await TestClient.ConnectAsync(server.ConnectString, sasl: new SaslCredentials("broker", "s3cret"));
        await client.ZooKeeper.CreateAsync("/mine", default, ZnodeAcl.CreatorAllAcl, CreateMode.Persistent);
        Assert.Equal([new ZnodeAcl(ZnodePermissions.All, "sasl", "broker")], (await client.ZooKeeper.GetAclAsync("/mine")).Acl);

        await using var stranger = await TestClient.ConnectAsync(server.ConnectString);
        var refused = await Assert.ThrowsAsync<ZooKeeperException>(() => stranger.ZooKeeper.GetDataAsync("/mine", watch: false));
        Assert.Equal(ZooKeeperError.NoAuth, refused.Code);

        await server.Node.KillAsync();
        await server.Node.StartAsync();
        await client.HearAsync("Connecting");
        await client.ZooKeeper.WaitUntilConnectedAsync(CancellationToken.None);
        await client.ZooKeeper.GetDataAsync("/mine", watch: false);
    }

    [Fact]
    public async Task Wrong_password_ends_in_auth_failed()
    {
        await using var server = await RealZooKeeper.StartWithSaslAsync("broker", "s3cret");
        await using var client = new TestClient(server.ConnectString, sasl: new SaslCredentials("broker", "wrong"));
        await client.HearAsync("AuthFailed");
        var refused = await Assert.ThrowsAsync<ZooKeeperException>(() => client.ZooKeeper.ExistsAsync("/", watch: false));
        Assert.Equal(ZooKeeperError.AuthFailed, refused.Code);
    }
}
