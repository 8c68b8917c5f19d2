using System.Security.Cryptography;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Server.Tests.InProcess;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Server.Tests.Security;

/// <summary>Credentials of SCRAM in a tree that everyone who reaches ZooKeeper can read.</summary>
public sealed class ReadableSecretsTests
{
    private const string Warning = "Warning: SCRAM credentials are kept in znodes that everyone who reaches ZooKeeper can read";

    [Theory]
    [InlineData("false")]
    [InlineData("true")]
    public void A_start_with_secrets_that_the_world_can_read_warns(string setsAcl)
    {
        var broker = WithUser("false");
        Assert.DoesNotContain(broker.Log.Lines, IsWarning);
        broker.Stop();
        broker.Properties["zookeeper.set.acl"] = setsAcl;
        broker.Start();
        Assert.Contains(broker.Log.Lines, line => IsWarning(line) && line.Contains("user alice", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("false")]
    [InlineData("true")]
    public void A_start_with_secrets_that_only_the_broker_can_read_does_not(string setsAcl)
    {
        var broker = WithUser("true");
        broker.Stop();
        broker.Properties["zookeeper.set.acl"] = setsAcl;
        broker.Start();
        Assert.DoesNotContain(broker.Log.Lines, IsWarning);
    }

    [Theory]
    [InlineData(ZnodePermissions.Read, true)]
    [InlineData(ZnodePermissions.Admin, true)]
    [InlineData(ZnodePermissions.Write, false)]
    public void The_world_needs_no_more_than_one_right_to_read_them(ZnodePermissions ofWorld, bool warns)
    {
        var broker = WithUser("true");
        broker.Time.Await(broker.Session!.SetAclAsync(
            "/config/users/alice", [.. ZnodeAcl.CreatorAllAcl, new(ofWorld, "world", "anyone")], ZnodeVersion.Any));
        broker.Stop();
        broker.Start();
        Assert.Equal(warns, broker.Log.Lines.Any(IsWarning));
    }

    private static bool IsWarning(string line) => line.StartsWith(Warning, StringComparison.Ordinal);

    private static InProcessBroker WithUser(string setsAcl)
    {
        var broker = new InProcessBroker($"zookeeper.set.acl={setsAcl}");
        byte[] salt = [1, 2, 3, 4];
        var answer = broker.Connect().Ask<AlterUserScramCredentialsRequest, AlterUserScramCredentialsResponse>(
            new()
            {
                Deletions = [],
                Upsertions =
                [
                    new()
                    {
                        Name = "alice",
                        Mechanism = 1,
                        Iterations = 4096,
                        Salt = salt,
                        SaltedPassword = Rfc2898DeriveBytes.Pbkdf2("s3cret", salt, 4096, HashAlgorithmName.SHA256, 32),
                    },
                ],
            },
            0);
        Assert.Equal(ErrorCode.None, answer.Results[0].ErrorCode);
        return broker;
    }
}
