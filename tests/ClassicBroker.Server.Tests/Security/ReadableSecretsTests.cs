using System.Security.Cryptography;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Server.Tests.InProcess;

namespace ClassicBroker.Server.Tests.Security;

/// <summary>Credentials of SCRAM in a tree that everyone who reaches ZooKeeper can read.</summary>
public sealed class ReadableSecretsTests
{
    private const string Warning = "Warning: SCRAM credentials are kept in znodes that everyone who reaches ZooKeeper can read";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_start_with_secrets_that_the_world_can_read_warns(bool isSecured)
    {
        var broker = new InProcessBroker();
        Assert.DoesNotContain(broker.Log.Lines, line => line.StartsWith(Warning, StringComparison.Ordinal));
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
        broker.Stop();
        broker.Properties["zookeeper.set.acl"] = isSecured ? "true" : "false";
        broker.Start();
        Assert.Equal(!isSecured, broker.Log.Lines.Any(line => line.StartsWith(Warning, StringComparison.Ordinal)));
    }
}
