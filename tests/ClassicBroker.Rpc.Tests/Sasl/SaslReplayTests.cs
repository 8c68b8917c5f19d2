using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc.Sasl;
using ClassicBroker.Testing;
using ClassicBroker.Transport;
using Xunit.Sdk;

namespace ClassicBroker.Rpc.Tests.Sasl;

/// <summary>
/// Plays the clients of 131 connections recorded with Kafka 3.9.2, right and wrong ones, and expects every byte of its answers, when they
/// come, and how the connection ends.
/// </summary>
public sealed partial class SaslReplayTests
{
    private const int LateMs = 100;
    private const int LengthFieldSize = 4;
    private const int CorrelationIdSize = 4;

    /// <summary>What is not as Kafka does it, and why.</summary>
    private static readonly Dictionary<string, string> Differences = new(StringComparer.Ordinal)
    {
        ["unknown user, SCRAM-SHA-256"] = "an unknown user is led on to the last message, as one with a wrong password is",
        ["unknown user, SCRAM-SHA-512"] = "an unknown user is led on to the last message",
        ["unknown user, handshake v0, raw SCRAM-SHA-256"] = "an unknown user is led on to the last message",
        ["SCRAM: user of another case"] = "an unknown user is led on to the last message",
        ["SCRAM-SHA-512 for a user with SCRAM-SHA-256 only"] = "an unknown user is led on to the last message",
        ["SCRAM: tokenauth=true with no such token"] = "an unknown token is led on to the last message",
        ["SCRAM: other channel in client-final"] = "RFC 5802 wants the channel binding checked",
        ["SCRAM: mandatory extension m="] = "RFC 5802 wants a mandatory extension that is not known refused",
        ["SCRAM: proof of the wrong length"] = "refused with 58 like any other wrong proof",
        ["Metadata between handshake and authentication"] = "nothing but SASL is parsed before authentication, so nothing else is answered",
        ["re-authentication: Metadata between handshake and SaslAuthenticate"] = "nothing but SASL is parsed between the two",
    };

    public static TheoryData<RecordedConnection> Connections => [.. RecordedConnection.All];

    [Theory]
    [MemberData(nameof(Connections))]
    public void A_connection_goes_as_recorded(RecordedConnection recorded)
    {
        if (Differences.ContainsKey(recorded.Name))
        {
            Assert.ThrowsAny<XunitException>(() => Replay(recorded));
            return;
        }

        Replay(recorded);
    }

    private static void Replay(RecordedConnection recorded)
    {
        var steps = recorded.Steps;
        var replay = recorded.Name == "SCRAM: the client-final of another connection replayed"
            ? Array.FindLastIndex(steps, step => What(step).StartsWith("SaslHandshake", StringComparison.Ordinal))
            : 0;
        if (replay > 0)
        {
            Play(recorded, steps[..replay]);
        }

        Play(recorded, steps[replay..]);
    }

    private static void Play(RecordedConnection recorded, JsonElement[] steps)
    {
        var delay = TimeSpan.FromMilliseconds(recorded.About.Contains("=1200", StringComparison.Ordinal) ? 1200 : 100);
        using var broker = Broker(recorded, delay, ServerNonces(steps));
        var answers = new Queue<byte[]>();
        var asked = "";
        foreach (var step in steps)
        {
            if (step.TryGetProperty("send", out var send))
            {
                Assert.Empty(answers);
                asked = What(step);
                broker.Channel.WriteInbound(Convert.FromHexString(send.GetString()!));
            }
            else if (step.TryGetProperty("recv", out var recv))
            {
                Take(broker, answers);
                if (answers.Count == 0)
                {
                    Assert.True(AfterMs(step) >= LateMs, "an answer that came at once is held back");
                    broker.Channel.Advance(delay);
                    Take(broker, answers);
                }

                Assert.NotEmpty(answers);
                AssertAnswer(asked, Convert.FromHexString(recv.GetString()!), answers.Dequeue());
            }
            else if (step.TryGetProperty("closed", out _))
            {
                broker.Channel.Advance(delay);
                Take(broker, answers);
                Assert.Empty(answers);
                Assert.False(broker.Channel.Open);
            }
            else
            {
                var silent = step.TryGetProperty("nothing_for_ms", out var silence);
                broker.Channel.Advance(TimeSpan.FromMilliseconds(silent ? silence.GetInt32() : step.GetProperty("waited_ms").GetInt32()));
                Take(broker, answers);
                Assert.Empty(answers);
                Assert.True(broker.Channel.Open);
            }
        }
    }

    private static string What(JsonElement step) => step.TryGetProperty("what", out var what) ? what.GetString()! : "";

    private static int AfterMs(JsonElement step) => step.GetProperty("after_ms").GetInt32();

    private static void Take(BrokerEnd broker, Queue<byte[]> answers)
    {
        foreach (var frame in Frames.Split(broker.Channel.TakeOutbound()))
        {
            answers.Enqueue(frame);
        }
    }

    /// <summary>Answers to ApiVersions and Metadata tell of the broker: of these the head is compared, of others every byte.</summary>
    private static void AssertAnswer(string asked, byte[] recorded, byte[] answer)
    {
        // The recorder kept several answers to one write without their lengths.
        var expected = asked.Contains(" + ", StringComparison.Ordinal) ? recorded : recorded[LengthFieldSize..];
        var compared = IsMetadata(answer)
            ? CorrelationIdSize
            : asked.StartsWith("ApiVersions", StringComparison.Ordinal) && expected.Length > 25 ? CorrelationIdSize + sizeof(short)
            : expected.Length;
        Assert.Equal(Convert.ToHexString(expected[..compared]), Convert.ToHexString(answer[..Math.Min(compared, answer.Length)]));
    }

    private static bool IsMetadata(byte[] answer) => Encoding.Latin1.GetString(answer).Contains("metadata-of-a-test", StringComparison.Ordinal);

    /// <summary>What Kafka drew at random, so that the recorded proofs fit again.</summary>
    private static Queue<string> ServerNonces(JsonElement[] steps) => new(steps
        .Where(step => step.TryGetProperty("recv", out _))
        .Select(step => ServerNonce().Match(Encoding.Latin1.GetString(Convert.FromHexString(step.GetProperty("recv").GetString()!))))
        .Where(match => match.Success)
        .Select(match => match.Groups[1].Value));

    private static BrokerEnd Broker(RecordedConnection recorded, TimeSpan delay, Queue<string> nonces)
    {
        var metadata = new StubHandler<MetadataRequest, MetadataResponse>((_, _) => new(new MetadataResponse { ClusterId = "metadata-of-a-test" }));
        if (recorded.Name == "handshake on a PLAINTEXT listener")
        {
            return new BrokerEnd(metadata);
        }

        var users = new RecordedUsers();
        var plain = new PlainServerMechanism(new Dictionary<string, string> { ["user_alice"] = "alice-pw", ["user_bob"] = "bob-pw" });
        ISaslServerMechanism[] mechanisms = [plain, Scram(ScramMechanism.Sha512), Scram(ScramMechanism.Sha256)];
        var sessionMs = recorded.About.Contains("reauth", StringComparison.Ordinal) ? 4000 : 0;
        return new BrokerEnd(
            new SaslListener
            {
                Mechanisms = mechanisms,
                FailureDelay = delay,
                SessionMaxMs = mechanisms.ToDictionary(mechanism => mechanism.Name, _ => (long)sessionMs),
            },
            metadata);

        ScramServerMechanism Scram(ScramMechanism mechanism) =>
            new(mechanism, users, new SeededRandomSource(1)) { Nonces = () => nonces.TryDequeue(out var nonce) ? nonce : "none-recorded" };
    }

    [GeneratedRegex("r=golden-nonce-1([0-9a-z]+),s=")]
    private static partial Regex ServerNonce();

    /// <summary>The credentials in the znodes of the recorded broker.</summary>
    private sealed class RecordedUsers : IScramCredentials
    {
        private static readonly Dictionary<(ScramMechanism, string), string> Znodes = new()
        {
            [(ScramMechanism.Sha256, "sam")] =
                "salt=MWJ2aDlxeGp6ajMzczkydnAzODR4MXgxc2k=,stored_key=2hZguiUqyvcTT2vdIgoZfLE7g+LYxfSl8BFxL4/GAIU=,"
                + "server_key=dJUMLEPIvp8DT6SllS88UwIPEo2N4Pv4OdJJKmGjtck=,iterations=4096",
            [(ScramMechanism.Sha512, "sam")] =
                "salt=bGtwbWJ4cWt6dGdtYTU2OHI0ZnRnbXFjbA==,stored_key=DrfGVKf0DkPzX+IJPX8Vvw6qs0XoAwxyVLycgvMdkhwDO9OU89GFKcLWD+MnrLRl"
                + "v5CWeLQvnND/lNDqG9szWQ==,server_key=aMOJ92DlZo5dFu8wyegJGwkPDgwVlzK8am9bcogNBM4zUpUHCG8/yUQ769xsOo6ujVsDvwaQbla9VFnpG"
                + "dobYQ==,iterations=5000",
            [(ScramMechanism.Sha256, "we=ird,one")] =
                "salt=MTFxa3pteHF5dzF0dG1mOGltZHEwNzBhZHE=,stored_key=1jaLcyXMdkADi/E6eNlRuFW/boGYZy2+jYMb7o6V6TI=,"
                + "server_key=nTNSLQVVp53rIx74H+mFfxRs01pZ/nNli1+981DoV2I=,iterations=4096",
            [(ScramMechanism.Sha256, "alice")] =
                "salt=MWNpcnQ1MTRtczBoMmp2bHdraW1kaGhoZ2E=,stored_key=p3RR56ORRLPusGKnSgNwFGa1nn+1vUCzjf38cRN4dCc=,"
                + "server_key=5aGaYuihEjlCW4XsFJn1aiobgVSr60dSPkddKC4eIdg=,iterations=4096",
        };

        public ScramDecoys Decoys { get; } = new([1], []);

        public ScramCredential? OfUser(ScramMechanism mechanism, string user) =>
            Znodes.TryGetValue((mechanism, user), out var znode) ? ScramCredential.TryParse(znode) : null;

        public (ScramCredential Credential, SaslIdentity Owner)? OfToken(ScramMechanism mechanism, string tokenId) => null;
    }
}
