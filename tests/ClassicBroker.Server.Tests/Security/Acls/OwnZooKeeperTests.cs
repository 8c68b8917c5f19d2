using ClassicBroker.Primitives;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Security.Acls;

namespace ClassicBroker.Server.Tests.Security.Acls;

/// <summary>What <c>authorizer.zookeeper.*</c> make of the broker's <c>zookeeper.*</c>, as Kafka's AclAuthorizer reads them.</summary>
public sealed class OwnZooKeeperTests
{
    [Fact]
    public void Without_its_keys_the_authorizer_shares_the_brokers_session() => Assert.Null(Own("zookeeper.session.timeout.ms=9000"));

    [Fact]
    public void What_is_not_set_is_the_brokers()
    {
        var own = Own("zookeeper.session.timeout.ms=9000", "zookeeper.set.acl=false", "authorizer.zookeeper.url=acls:2181/k")!;
        Assert.Equal(("acls:2181/k", 9000, 9000, 10), Values(own));
    }

    [Fact]
    public void Each_key_stands_for_the_brokers_of_that_name()
    {
        var own = Own(
            "authorizer.zookeeper.connection.timeout.ms=1", "authorizer.zookeeper.session.timeout.ms=2",
            "authorizer.zookeeper.max.in.flight.requests=3")!;
        Assert.Equal(("zk:2181", 2, 1, 3), Values(own));
    }

    [Theory]
    [InlineData("zookeeper.ssl.client.enable=true", "authorizer.zookeeper.ssl.client.enable=false", false)]
    [InlineData("zookeeper.ssl.truststore.location=/ca.pem", "authorizer.zookeeper.ssl.client.enable=true", true)]
    public void Tls_is_its_own_where_it_is_said(string ofBroker, string ofAuthorizer, bool isTls)
    {
        var own = Own(ofBroker, ofAuthorizer, "authorizer.zookeeper.ssl.keystore.location=/own.p12")!;
        Assert.Equal(isTls, own.ZooKeeperSslClientEnable);
        Assert.Equal("/own.p12", own.Values.String("zookeeper.ssl.keystore.location"));
    }

    [Fact]
    public void A_value_that_is_none_is_told_with_whose_it_is()
    {
        var refused = Assert.Throws<ConfigException>(() => Own("authorizer.zookeeper.session.timeout.ms=soon"));
        Assert.Contains("The ZooKeeper of the authorizer, authorizer.zookeeper.*: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains("soon", refused.Message, StringComparison.Ordinal);
    }

    private static (string, int, int, int) Values(KafkaConfig config) =>
        (config.ZooKeeperConnect, config.ZooKeeperSessionTimeoutMs, config.ZooKeeperConnectionTimeoutMs, config.ZooKeeperMaxInFlightRequests);

    private static KafkaConfig? Own(params string[] lines) =>
        AclAuthorizerConfig.OfOwnZooKeeper(
            KafkaConfig.From(
                JavaProperties.Parse(
                    "zookeeper.connect=zk:2181\nauthorizer.class.name=kafka.security.authorizer.AclAuthorizer\n" + string.Join('\n', lines)),
                "host.example"),
            "host.example");
}
