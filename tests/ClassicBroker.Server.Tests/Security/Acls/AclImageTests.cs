using System.Net;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Security.Acls;
using ClassicBroker.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Server.Tests.Security.Acls;

/// <summary>Ten thousand ACLs in lists short and long, with prefixes that begin one another: decisions are those of a look at every entry, and cost no memory.</summary>
public sealed class AclImageTests
{
    private const int Entries = 10_000;
    private const int Decisions = 20_000;
    private const int Users = 60;

    /// <summary>From names of one letter that long lists are for to names of five that few lists are for.</summary>
    private const int NameLengthMax = 5;

    private static readonly string[] Hosts = ["10.0.0.1", "10.0.0.2", "fe80:0:0:0:0:0:0:1"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Decisions_agree_with_a_look_at_every_entry(int seed)
    {
        var random = new SeededRandomSource((ulong)seed);
        var acls = Enumerable.Range(0, Entries).Select(_ => (Resource: Resource(random), Entry: Entry(random))).Distinct().ToList();
        var image = ImageOf(acls);
        Assert.Equal(acls.Count, image.Count);
        var permitted = 0;
        for (var i = 0; i < Decisions; i++)
        {
            var (principal, host) = (new KafkaPrincipal("User", $"u{random.Next(Users)}"), Hosts[random.Next(Hosts.Length)]);
            var (name, operation) = (Name(random), (AclOperation)(3 + random.Next(10)));
            var concerning = acls.Where(acl => acl.Resource.Pattern == AclPatternType.Prefixed
                ? name.StartsWith(acl.Resource.Name, StringComparison.Ordinal)
                : acl.Resource.Name == name || acl.Resource.Name == "*").Select(acl => acl.Entry).ToList();
            var rights = image.RightsOn(AclResourceType.Topic, name, principal, host, out var isListed);
            Assert.Equal(concerning.Count > 0, isListed);
            var expected = Permits(concerning.FindAll(entry => IsFor(entry, principal, host)), operation);
            Assert.True(rights.Permit(operation) == expected, $"{operation} of {name} by {principal} from {host}");
            permitted += expected ? 1 : 0;
        }

        Assert.InRange(permitted, Decisions / 20, Decisions * 19 / 20);
    }

    [Fact]
    public void A_user_whose_name_is_part_of_anothers_and_a_principal_of_another_type_have_no_rights_of_it()
    {
        var entries = Enumerable.Range(0, 20).Select(number => new AclEntry($"User:u{number}", AclPermission.Allow, "*", AclOperation.All))
            .Append(new("Group:u", AclPermission.Allow, "*", AclOperation.All))
            .Append(new("User:", AclPermission.Allow, "*", AclOperation.All));
        var image = AclImage.Empty.With(new(AclResourceType.Topic, "t", AclPatternType.Literal), [.. entries]);
        bool Reads(string type, string name) =>
            image.RightsOn(AclResourceType.Topic, "t", new(type, name), "10.0.0.1", out _).Permit(AclOperation.Read);

        Assert.True(Reads("User", "u1") && Reads("User", "u19") && Reads("Group", "u") && Reads("User", ""));
        Assert.False(Reads("User", "u") || Reads("User", "u20") || Reads("Group", "u1") || Reads("Use", "u1") || Reads("User:u1", ""));
    }

    [Theory]
    [InlineData("2001:db8::1", "2001:db8:0:0:0:0:0:1")]
    [InlineData("fe80::1%3", "fe80:0:0:0:0:0:0:1%3")]
    [InlineData("::ffff:10.0.0.1", "10.0.0.1")]
    public void A_host_is_denied_by_the_text_that_Java_prints(string address, string host)
    {
        var topic = new AclResource(AclResourceType.Topic, "t", AclPatternType.Literal);
        var authorizer = Authorizer(AclImage.Empty.With(
            topic,
            [
                new("User:*", AclPermission.Allow, "*", AclOperation.All),
                new("User:*", AclPermission.Deny, host, AclOperation.Read),
            ]));
        bool Reads(string from) => authorizer.Authorize(
            new(new("User", "u"), IPAddress.Parse(from), ApiKey.Fetch), AclOperation.Read, AclResourceType.Topic, "t", logsDenial: true);

        Assert.False(Reads(address));
        Assert.True(Reads("2001:db8::2"));
    }

    [Theory]
    [InlineData("10.0.0.1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("fe80::1")]
    public void A_decision_allocates_nothing(string address)
    {
        var random = new SeededRandomSource(3);
        var acls = Enumerable.Range(0, Entries).Select(_ => (Resource(random), Entry(random))).Distinct().ToList();
        var authorizer = Authorizer(ImageOf(acls));
        string[] names = [.. Enumerable.Range(0, 100).Select(_ => Name(random)), "nothing-is-for-this"];
        var requester = new Requester(new("User", "u7"), IPAddress.Parse(address), ApiKey.Produce);
        Decide();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 100; round++)
        {
            Decide();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Decide()
        {
            foreach (var name in names)
            {
                authorizer.Authorize(requester, AclOperation.Write, AclResourceType.Topic, name, logsDenial: true);
                authorizer.Authorize(requester, AclOperation.Describe, AclResourceType.Topic, name, logsDenial: false);
            }

            authorizer.AuthorizeByResourceType(requester, AclOperation.Write, AclResourceType.Topic);
        }
    }

    private static AclAuthorizer Authorizer(AclImage image) =>
        new(
            new AclAuthorizerConfig(new HashSet<KafkaPrincipal> { new("User", "root") }, false),
            new AuthorizerTrace(NullLoggerFactory.Instance))
        {
            Image = image,
        };

    private static AclImage ImageOf(IEnumerable<(AclResource Resource, AclEntry Entry)> acls) =>
        AclImage.Empty.With(
            [.. acls.GroupBy(acl => acl.Resource).Select(
                list => (list.Key, (IReadOnlyCollection<AclEntry>)[.. list.Select(acl => acl.Entry)]))]);

    private static bool IsFor(AclEntry entry, KafkaPrincipal principal, string host) =>
        (entry.Principal == principal.ToString() || entry.Principal == "User:*") && (entry.Host == host || entry.Host == "*");

    /// <summary>Kafka's rules, said once more as plainly as they can be.</summary>
    private static bool Permits(List<AclEntry> mine, AclOperation operation)
    {
        AclOperation[] sufficient = operation switch
        {
            AclOperation.Describe => [operation, AclOperation.Read, AclOperation.Write, AclOperation.Delete, AclOperation.Alter],
            AclOperation.DescribeConfigs => [operation, AclOperation.AlterConfigs],
            _ => [operation],
        };
        return !mine.Exists(entry => entry.Permission == AclPermission.Deny && (entry.Operation == operation || entry.Operation == AclOperation.All))
            && mine.Exists(entry =>
                entry.Permission == AclPermission.Allow && (sufficient.Contains(entry.Operation) || entry.Operation == AclOperation.All));
    }

    private static string Name(SeededRandomSource random) =>
        new([.. Enumerable.Range(0, 1 + random.Next(NameLengthMax)).Select(_ => (char)('a' + random.Next(3)))]);

    private static AclResource Resource(SeededRandomSource random) =>
        random.Next(2) == 0
            ? new(AclResourceType.Topic, Name(random), AclPatternType.Prefixed)
            : new(AclResourceType.Topic, random.Next(200) == 0 ? "*" : Name(random), AclPatternType.Literal);

    private static AclEntry Entry(SeededRandomSource random) =>
        new(
            random.Next(500) == 0 ? "User:*" : $"User:u{random.Next(Users)}",
            random.Next(10) == 0 ? AclPermission.Deny : AclPermission.Allow,
            random.Next(2) == 0 ? "*" : Hosts[random.Next(Hosts.Length)],
            (AclOperation)(random.Next(30) == 0 ? 2 : 3 + random.Next(10)));
}
