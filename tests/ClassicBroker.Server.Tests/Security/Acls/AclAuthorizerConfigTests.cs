using ClassicBroker.Rpc;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Security.Acls;

namespace ClassicBroker.Server.Tests.Security.Acls;

public sealed class AclAuthorizerConfigTests
{
    private const string Authorizer = "kafka.security.authorizer.AclAuthorizer";

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    public void No_class_is_no_authorizer(string name) => Assert.Null(Read(("authorizer.class.name", name)));

    [Theory]
    [InlineData(Authorizer)]
    [InlineData("kafka.security.auth.SimpleAclAuthorizer")]
    public void Both_names_of_Kafka_are_known(string name) =>
        Assert.False(Read(("authorizer.class.name", name))!.AllowsWithoutAcls);

    [Theory]
    [InlineData("no.Such", "Invalid value no.Such for configuration authorizer.class.name: Class no.Such could not be found.")]
    [InlineData(
        "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "Invalid value org.apache.kafka.metadata.authorizer.StandardAuthorizer for configuration authorizer.class.name: this authorizer "
        + "needs KRaft mode; in ZooKeeper mode it is kafka.security.authorizer.AclAuthorizer")]
    public void Another_class_refuses_the_start(string name, string sentence) =>
        Assert.Equal(sentence, Assert.Throws<ConfigException>(() => Read(("authorizer.class.name", name))).Message);

    [Fact]
    public void Super_users_are_separated_by_semicolons()
    {
        var config = Read(("authorizer.class.name", Authorizer), ("super.users", "User:admin; User:CN=a,OU=b;Group:ops;"))!;
        Assert.Equal(
            [new KafkaPrincipal("Group", "ops"), new("User", "CN=a,OU=b"), new("User", "admin")],
            config.SuperUsers.OrderBy(user => user.ToString(), StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("admin", "admin")]
    [InlineData("User:a;;User:b", "")]
    public void A_super_user_without_a_type_refuses_the_start(string users, string shown) =>
        Assert.EndsWith(
            $"expected a string in format principalType:principalName but got {shown}",
            Assert.Throws<ConfigException>(() => Read(("authorizer.class.name", Authorizer), ("super.users", users))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_comma_makes_one_odd_name() =>
        Assert.Equal(
            [new KafkaPrincipal("User", "a,User:b")],
            Read(("authorizer.class.name", Authorizer), ("super.users", "User:a,User:b"))!.SuperUsers);

    [Fact]
    public void A_flag_that_is_none_refuses_the_start()
    {
        Assert.True(Read(("authorizer.class.name", Authorizer), ("allow.everyone.if.no.acl.found", "TRUE"))!.AllowsWithoutAcls);
        Assert.Equal(
            "allow.everyone.if.no.acl.found: For input string: \"maybe\"",
            Assert.Throws<ConfigException>(
                () => Read(("authorizer.class.name", Authorizer), ("allow.everyone.if.no.acl.found", "maybe"))).Message);
    }

    [Fact]
    public void Without_an_authorizer_its_keys_are_not_looked_at() => Assert.Null(Read(("super.users", "admin")));

    private static AclAuthorizerConfig? Read(params (string Key, string Value)[] properties) =>
        AclAuthorizerConfig.Read(KafkaConfig.From(
            properties.Append(("zookeeper.connect", "zk:2181"))
                .ToDictionary(property => property.Item1, property => property.Item2, StringComparer.Ordinal),
            "host.example"));
}
