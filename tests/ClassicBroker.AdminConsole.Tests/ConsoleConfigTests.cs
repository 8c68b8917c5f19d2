namespace ClassicBroker.AdminConsole.Tests;

public sealed class ConsoleConfigTests
{
    [Fact]
    public void Without_keys_nothing_is_served_and_a_token_signs_in()
    {
        var config = ConsoleConfig.From(new Dictionary<string, string>());
        Assert.Empty(config.Listeners);
        Assert.Equal((ConsoleSignIn.Token, ConsoleRole.Admin), (config.SignIn, config.TokenRole));
    }

    [Fact]
    public void The_highest_role_of_a_user_counts()
    {
        var config = ConsoleConfig.From(new Dictionary<string, string>
        {
            [ConsoleConfigKeys.SignIn] = "sasl",
            [ConsoleConfigKeys.Admins] = "ada",
            [ConsoleConfigKeys.Operators] = "ada, olga",
            [ConsoleConfigKeys.Readers] = "*",
        });
        Assert.Equal(
            [ConsoleRole.Admin, ConsoleRole.Operator, ConsoleRole.ReadOnly], new[] { "ada", "olga", "anyone" }.Select(user => config.RoleOf(user)));
    }

    [Theory]
    [InlineData(ConsoleConfigKeys.Listeners, "127.0.0.1:8080")]
    [InlineData(ConsoleConfigKeys.SignIn, "none")]
    [InlineData(ConsoleConfigKeys.SignInMechanism, "GSSAPI")]
    [InlineData(ConsoleConfigKeys.TokenRole, "root")]
    [InlineData(ConsoleConfigKeys.PublicUrl, "ftp://host")]
    [InlineData(ConsoleConfigKeys.SessionIdle, "soon")]
    public void A_wrong_value_is_refused_by_its_key(string key, string value)
    {
        var wrong = Assert.Throws<ConsoleConfigException>(() => ConsoleConfig.From(new Dictionary<string, string> { [key] = value }));
        Assert.Equal(key, wrong.Key);
    }

    [Theory]
    [InlineData(ConsoleConfigKeys.OidcIssuer, "")]
    [InlineData(ConsoleConfigKeys.OidcIssuer, "http://id.example")]
    [InlineData(ConsoleConfigKeys.OidcIssuer, "https://id.example/?realm=a")]
    [InlineData(ConsoleConfigKeys.OidcClientId, "")]
    [InlineData(ConsoleConfigKeys.OidcScopes, "profile")]
    public void A_provider_that_cannot_be_asked_safely_is_refused_by_its_key(string key, string value)
    {
        var properties = new Dictionary<string, string>
        {
            [ConsoleConfigKeys.SignIn] = "oidc",
            [ConsoleConfigKeys.Readers] = "*",
            [ConsoleConfigKeys.OidcIssuer] = "https://id.example",
            [ConsoleConfigKeys.OidcClientId] = "console",
        };
        Assert.Equal("sub", ConsoleConfig.From(properties).Oidc!.UserClaim);
        properties[key] = value;
        Assert.Equal(key, Assert.Throws<ConsoleConfigException>(() => ConsoleConfig.From(properties)).Key);
    }

    [Fact]
    public void Users_of_the_cluster_without_roles_are_a_mistake() =>
        Assert.Throws<ConsoleConfigException>(() => ConsoleConfig.From(new Dictionary<string, string> { [ConsoleConfigKeys.SignIn] = "sasl" }));
}
