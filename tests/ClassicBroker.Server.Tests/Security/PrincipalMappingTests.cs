using ClassicBroker.Server.Config;
using ClassicBroker.Server.Security;

namespace ClassicBroker.Server.Tests.Security;

public sealed class PrincipalMappingTests
{
    private const string Rules =
        "RULE:^CN=(.*?),OU=ServiceUsers.*$/$1/,RULE:^CN=(.*?),OU=(.*?),O=(.*?),L=(.*?),ST=(.*?),C=(.*?)$/$1@$2/L,RULE:^cn=(.*?),ou=(.*?)$/$1/U,DEFAULT";

    [Theory]
    [InlineData("CN=Duke,OU=ServiceUsers,O=Org,C=US", "Duke")]
    [InlineData("CN=Duke,OU=SME,O=mycp,L=Fulton,ST=MD,C=US", "duke@sme")]
    [InlineData("cn=Duke,ou=JavaSoft,dc=Sun", "DUKE")]
    [InlineData("OU=JavaSoft,O=Sun", "OU=JavaSoft,O=Sun")]
    public void The_first_rule_that_matches_the_whole_name_makes_the_users_name(string distinguishedName, string name) =>
        Assert.Equal(name, PrincipalMapping.Parse(Rules).NameOf(distinguishedName));

    [Theory]
    [InlineData("")]
    [InlineData("DEFAULT")]
    [InlineData(" DEFAULT ")]
    public void Default_is_the_name_as_it_is(string rules) => Assert.Equal("CN=a,O=b", PrincipalMapping.Parse(rules).NameOf("CN=a,O=b"));

    [Fact]
    public void Where_no_rule_applies_there_is_no_name() => Assert.Null(PrincipalMapping.Parse("RULE:^CN=a$/x/").NameOf("CN=b"));

    [Theory]
    [InlineData("RULE:^CN=(.*)$/$10/", "CN=a", "a0")]
    [InlineData("RULE:^CN=(.*)$/$7/", "CN=a", "$7")]
    [InlineData("RULE:^CN=(.*)$/\\$1 $1/", "CN=a", "$1 a")]
    [InlineData("RULE:^CN=(.*)\\/x$/$1/", "CN=a/x", "a")]
    public void Groups_are_written_as_in_java(string rules, string distinguishedName, string name) =>
        Assert.Equal(name, PrincipalMapping.Parse(rules).NameOf(distinguishedName));

    [Theory]
    [InlineData("RULE:^CN=(.*$/$1/")]
    [InlineData("RULE:^CN=$/x")]
    [InlineData("RULE:^CN=$/x/X")]
    [InlineData("default")]
    [InlineData("DEFAULT;DEFAULT")]
    public void A_rule_that_cannot_be_read_is_refused(string rules) =>
        Assert.Contains("ssl.principal.mapping.rules", Assert.Throws<ConfigException>(() => PrincipalMapping.Parse(rules)).Message);
}
