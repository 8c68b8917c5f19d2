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

    [Fact]
    public void Users_of_the_cluster_without_roles_are_a_mistake() =>
        Assert.Throws<ConsoleConfigException>(() => ConsoleConfig.From(new Dictionary<string, string> { [ConsoleConfigKeys.SignIn] = "sasl" }));
}
