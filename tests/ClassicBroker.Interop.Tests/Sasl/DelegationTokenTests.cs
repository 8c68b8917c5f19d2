using System.Text.RegularExpressions;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Interop.Tests.Sasl;

/// <summary>Delegation tokens by the scripts, from their making to their end.</summary>
[Collection(SaslCollection.Name)]
public sealed partial class DelegationTokenTests(SaslBrokerFixture broker)
{
    [Fact]
    public async Task A_token_lets_its_bearer_in_as_its_owner_until_it_is_ended()
    {
        var alice = broker.ClientProperties(broker.ScramLines());
        var made = await TokensAsync(alice, "--create", "--max-life-time-period", "600000", "--renewer-principal", "User:bob");
        made.RequireSuccess();
        Assert.Contains("Calling create token operation with renewers :[User:bob] , max-life-time-period :600000", made.Text);
        var row = Row().Match(made.Text);
        Assert.True(row.Success, made.Text);
        var (id, hmac) = (row.Groups["id"].Value, row.Groups["hmac"].Value);

        var bearer = broker.ClientProperties(broker.ScramLines(id, hmac, isToken: true));
        (await TopicsAsync(bearer, "--create", "--topic", "by-token", "--if-not-exists")).RequireSuccess();
        Assert.Contains("by-token", (await TopicsAsync(bearer, "--list")).RequireSuccess().Text);
        var refused = await TokensAsync(bearer, "--create", "--max-life-time-period", "-1");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("org.apache.kafka.common.errors.UnsupportedByAuthenticationException", refused.StandardError);

        Assert.Contains("Total number of tokens : 1", (await TokensAsync(alice, "--describe", "--owner-principal", "User:alice")).Text);
        Assert.Contains(
            "Completed renew operation. New expiry date : ",
            (await TokensAsync(alice, "--renew", "--renew-time-period", "60000", "--hmac", hmac)).RequireSuccess().Text);
        Assert.Contains(
            "Completed expire operation. New expiry date : ",
            (await TokensAsync(alice, "--expire", "--expiry-time-period", "-1", "--hmac", hmac)).RequireSuccess().Text);
        var late = await TopicsAsync(bearer, "--list");
        Assert.Equal(1, late.ExitCode);
        Assert.Contains("Authentication failed during authentication due to invalid credentials", late.Text);
    }

    private Task<CommandOutcome> TokensAsync(string properties, params string[] arguments) =>
        ChildProcess.RunAsync(
            RepositoryLayout.Script("kafka-delegation-tokens.sh"),
            ["--bootstrap-server", broker.SaslPlaintext, "--command-config", properties, .. arguments]);

    private Task<CommandOutcome> TopicsAsync(string properties, params string[] arguments) =>
        ChildProcess.RunAsync(
            RepositoryLayout.Script("kafka-topics.sh"),
            ["--bootstrap-server", broker.SaslPlaintext, "--command-config", properties, .. arguments]);

    /// <summary>The row of a token: its id, HMAC, owner, requester and renewers.</summary>
    [GeneratedRegex(@"^(?<id>[\w-]{22}) +(?<hmac>[\w+/=]{88}) +User:alice +User:alice +\[User:bob\] ", RegexOptions.Multiline)]
    private static partial Regex Row();
}
