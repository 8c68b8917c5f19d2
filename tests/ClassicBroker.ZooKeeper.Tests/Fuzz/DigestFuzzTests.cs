using System.Text;
using ClassicBroker.Testing.Fuzzing;
using ClassicBroker.ZooKeeper.Sasl;

namespace ClassicBroker.ZooKeeper.Tests.Fuzz;

/// <summary>What a stranger in the place of a ZooKeeper server may say to a client that logs in by DIGEST-MD5: it is not believed.</summary>
public sealed class DigestFuzzTests(ITestOutputHelper output)
{
    private static readonly string[] Pieces =
        ["\"", "\\", ",", "=", "nonce=", "realm=", "qop=\"auth\"", "rspauth=", "charset=utf-8", "algorithm=md5-sess", " ", "\u00e9"];

    [Fact]
    public void Challenges_of_DIGEST_MD5() => Run(
        [
            "realm=\"zk-sasl-md5\",nonce=\"2DmOAyxq\",charset=utf-8,algorithm=md5-sess", "nonce=\"a\\\"b\",qop=\"auth,auth-int\",realm=\"r\"", "nonce=x",
        ],
        challenge => Client().Evaluate(challenge)!.Length);

    [Fact]
    public void Proofs_of_DIGEST_MD5() => Run(
        ["rspauth=ea40f60335c427b5527b84dbabcdfffd", "rspauth=\"\",nonce=\"x\""],
        proof =>
        {
            var client = Client();
            client.Evaluate("realm=\"r\",nonce=\"n\",qop=\"auth\""u8);
            client.Evaluate(proof);
            throw new InvalidOperationException("a server that does not know the password is believed");
        });

    private static DigestMd5Client Client() => new(new SaslCredentials("kafka", "secret"), "OA6MHXh6VqTrRk", DigestMd5Client.ZooKeeperUri);

    private void Run(string[] samples, Func<byte[], int> attempt) =>
        output.WriteLine(new FuzzCampaign(
            samples.Select(Encoding.UTF8.GetBytes), Pieces.Select(Encoding.UTF8.GetBytes), attempt, typeof(SaslException)).Run());
}
