using ClassicBroker.Rpc.Sasl;

namespace ClassicBroker.Rpc.Tests.Sasl.Kerberos;

/// <summary><c>sasl.kerberos.principal.to.local.rules</c>, with the values of Kafka's own tests and documentation.</summary>
public sealed class KerberosShortNamesTests
{
    private static readonly string[] Rules =
    [
        @"RULE:[1:$1](App\..*)s/App\.(.*)/$1/g",
        @"RULE:[2:$1](App\..*)s/App\.(.*)/$1/g",
        "DEFAULT",
    ];

    [Theory]
    [InlineData("App.service-name/example.com@REALM.COM", "service-name")]
    [InlineData("App.service-name@REALM.COM", "service-name")]
    [InlineData("user/host@REALM.COM", "user")]
    [InlineData("user@REALM.COM", "user")]
    [InlineData("short", "short")]
    public void Principals_become_users_by_the_first_rule_that_applies(string principal, string user) =>
        Assert.Equal(user, KerberosShortNames.Parse(Rules, "REALM.COM").Of(principal));

    [Theory]
    [InlineData("RULE:[1:$1]/L", "User@REALM.COM", "user")]
    [InlineData("RULE:[2:$1]/L", "TestABC/host@FOO.COM", "testabc")]
    [InlineData("RULE:[2:$1](Test.*)s/ABC///U", "Test-User/host@FOO.COM", "TEST-USER")]
    [InlineData("RULE:[2:$1;$2](^.*;admin$)s/;admin$//", "alice/admin@X", "alice")]
    [InlineData("RULE:[1:$1@$0](.*@ACME.COM)s/@.*//", "bob@ACME.COM", "bob")]
    [InlineData("RULE:[2:$1@$0]((kafka|broker).*)s/.*/kafka/", "broker/h@R", "kafka")]
    [InlineData("RULE:[1:x$1](.*)s/a/b/", "aaa@R", "xbaa")]
    [InlineData("RULE:[1:x$1](.*)s/a/b/g", "aaa@R", "xbbb")]
    public void Rules_are_Kerberos_own(string rule, string principal, string user)
    {
        if (rule.Contains("((", StringComparison.Ordinal))
        {
            // A bracket ends the match, as in Kafka.
            Assert.Throws<FormatException>(() => KerberosShortNames.Parse([rule], "R"));
            return;
        }

        Assert.Equal(user, KerberosShortNames.Parse([rule], "R").Of(principal));
    }

    [Theory]
    [InlineData("default")]
    [InlineData("DEFAUL")]
    [InlineData("DEFAULT/L")]
    [InlineData("RULE:[1:$1")]
    [InlineData("RULE:[:$1]x")]
    [InlineData("RULE:[2:$1](.*)s/a/b/X")]
    [InlineData("RULE:[2:$1](.*)s/a/b/L/g")]
    [InlineData("RULE:[1:$1](x{2,1})")]
    [InlineData("RULE:[99999999999:$1]")]
    public void What_is_no_rule_is_refused(string rule) =>
        Assert.Throws<FormatException>(() => KerberosShortNames.Parse([rule], "R"));

    [Theory]
    [InlineData("DEFAULT", "user@OTHER")]
    [InlineData("RULE:[2:$1]", "user@R")]
    [InlineData("RULE:[1:$1@$0]", "user@R")]
    [InlineData("RULE:[1:$1/x]", "user@R")]
    [InlineData("RULE:[1:$7]", "user@R")]
    [InlineData("DEFAULT", "a/b/c@R")]
    [InlineData("DEFAULT", "a@b@R")]
    public void A_principal_that_no_rule_makes_short_has_no_name(string rule, string principal) =>
        Assert.Throws<FormatException>(() => KerberosShortNames.Parse([rule], "R").Of(principal));
}
