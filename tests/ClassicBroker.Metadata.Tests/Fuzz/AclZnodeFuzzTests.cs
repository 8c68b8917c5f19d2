using System.Text;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Testing.Fuzzing;

namespace ClassicBroker.Metadata.Tests.Fuzz;

/// <summary>
/// What anyone with access to ZooKeeper may have written below <c>/kafka-acl</c>, bent at random: an entry is understood whole, and then
/// written as it was meant, or the znode is refused.
/// </summary>
public sealed class AclZnodeFuzzTests(ITestOutputHelper output)
{
    private const string Path = "/kafka-acl/Topic/orders";

    private static readonly string[] Pieces =
    [
        "\"", "{", "}", "[", "]", ":", ",", "null", "1e999", "-1", "2147483648", "\"User:*\"", "\"Deny\"", "\"Allow\"", "\"All\"", "\"host\"", "\"*\"",
        "\\ud800", "\\u0000", "true",
    ];

    [Fact]
    public void Lists_of_entries() => Run(
        [
            """{"version":1,"acls":[{"principal":"User:alice","permissionType":"Allow","operation":"Read","host":"*"}]}""",
            """{"acls":[{"principal":"User:*","permissionType":"Deny","host":"10.0.0.1","operation":"All"},{"principal":"Group:a:b","permissionType":"Allow","host":"*","operation":"IdempotentWrite"}],"version":1}""",
            """{"version":1,"acls":[]}""",
        ],
        data =>
        {
            var entries = AclZnode.Decode(Path, data);
            return entries.SetEquals(AclZnode.Decode(Path, AclZnode.Encode(entries)))
                ? entries.Sum(entry => 1 + ((int)entry.Operation * 2) + (int)entry.Permission)
                : throw new InvalidOperationException("what was read is written as something else");
        });

    [Fact]
    public void Notices_of_changes() => Run(
        ["TOPIC:orders", "Topic:*", "TRANSACTIONAL_ID:a:b", "Cluster:kafka-cluster"],
        data => Outcome(AclZnode.DecodeChange("acl_changes_0000000001", data)));

    [Fact]
    public void Notices_of_changes_of_prefixes() => Run(
        [
            """{"version":1,"resourceType":"TOPIC","name":"ord","patternType":"PREFIXED"}""",
            """{"version":1,"resourceType":"Group","name":"","patternType":"literal"}""",
        ],
        data => Outcome(AclZnode.DecodeExtendedChange("acl_changes_0000000001", data)));

    private static int Outcome(AclResource resource) => ((int)resource.Type * 31) + (int)resource.Pattern + (resource.Name.Length * 1000);

    private void Run(string[] samples, Func<byte[], int> attempt) =>
        output.WriteLine(new FuzzCampaign(
            samples.Select(Encoding.UTF8.GetBytes), Pieces.Select(Encoding.UTF8.GetBytes), attempt, typeof(MalformedDataException)).Run());
}
