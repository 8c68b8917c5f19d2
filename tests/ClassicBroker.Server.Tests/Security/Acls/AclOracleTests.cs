using System.Net;
using ClassicBroker.Metadata;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Security.Acls;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Testing.ZooKeeper;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Server.Tests.Security.Acls;

/// <summary>
/// The ACL oracle: a reference authorizer, made from a plain set of entries, agrees on random decisions, a million in all seeds together, while entries are added
/// and removed by two brokers, of which one starts again now and then.
/// </summary>
public sealed class AclOracleTests
{
    private const int Steps = 500;
    private const int DecisionsPerStep = 500;

    /// <summary>Decisions about a whole type of resource beside those.</summary>
    private const int TypeDecisionsPerStep = 20;

    private static readonly string[] Names = ["a", "ab", "abc", "b", "ba", "*", "kafka-cluster"];
    private static readonly string[] Users = ["alice", "bob", "al", "*"];
    private static readonly string[] Hosts = ["10.0.0.1", "10.0.0.2"];
    private static readonly IPAddress[] Addresses = [.. Hosts.Select(IPAddress.Parse)];
    private static readonly AclResourceType[] Types =
        [AclResourceType.Topic, AclResourceType.Group, AclResourceType.Cluster, AclResourceType.TransactionalId];

    private readonly ManualTime _time = new();
    private readonly HashSet<(AclResource Resource, AclEntry Entry)> _reference = [];

    private readonly Dictionary<(AclResourceType Type, string Name), List<AclEntry>> _concerning = [];

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public void Decisions_agree_with_a_reference_over_random_lists(int seed, bool allowsWithoutAcls)
    {
        var random = new SeededRandomSource((ulong)seed);
        var zooKeeper = new InMemoryZooKeeper(_time);
        var config = new AclAuthorizerConfig(new HashSet<KafkaPrincipal> { new("User", "root") }, allowsWithoutAcls);
        AclBroker[] brokers = [new(_time, zooKeeper, config, 1), new(_time, zooKeeper, config, 2)];
        var decisions = 0;
        for (var step = 0; step < Steps; step++)
        {
            ref var changing = ref brokers[random.Next(2)];
            Change(changing, random);
            _time.RunUntilIdle();
            ArrangeReference();
            if (random.Next(50) == 0)
            {
                changing.Stop();
                changing = new AclBroker(_time, zooKeeper, config, step + 3);
            }

            foreach (var broker in brokers)
            {
                for (var i = 0; i < DecisionsPerStep; i++)
                {
                    RequireAgreement(broker.Authorizer, allowsWithoutAcls, random);
                    decisions++;
                }

                for (var i = 0; i < TypeDecisionsPerStep; i++)
                {
                    RequireAgreementOnType(broker.Authorizer, allowsWithoutAcls, random);
                }
            }
        }

        Assert.Equal(2 * Steps * DecisionsPerStep, decisions);
    }

    private void Change(AclBroker broker, SeededRandomSource random)
    {
        if (random.Next(100) < 55)
        {
            var (resource, entry) = (Resource(random), Entry(random));
            broker.Add(resource, entry);
            _reference.Add((resource, entry));
            return;
        }

        var filter = new AclFilter
        {
            ResourceType = Types[random.Next(Types.Length)],
            Name = random.Next(2) == 0 ? null : Names[random.Next(Names.Length)],
            Pattern = (AclPatternType)(1 + random.Next(4)),
            Principal = random.Next(3) == 0 ? null : $"User:{Users[random.Next(Users.Length)]}",
        };
        var picked = _reference.Where(acl => filter.Matches(acl.Resource) && filter.Matches(acl.Entry)).ToHashSet();
        Assert.Equal(picked.Count, broker.Remove(filter));
        _reference.ExceptWith(picked);
    }

    /// <summary>The entries that concern each name, by a look at all of them.</summary>
    private void ArrangeReference()
    {
        foreach (var type in Types)
        {
            foreach (var name in Names)
            {
                _concerning[(type, name)] =
                [
                    .. _reference.Where(acl => acl.Resource.Type == type && (acl.Resource.Pattern == AclPatternType.Prefixed
                        ? name.StartsWith(acl.Resource.Name, StringComparison.Ordinal)
                        : acl.Resource.Name == name || acl.Resource.Name == "*")).Select(acl => acl.Entry),
                ];
            }
        }
    }

    private void RequireAgreement(AclAuthorizer authorizer, bool allowsWithoutAcls, SeededRandomSource random)
    {
        var user = random.Next(40) == 0 ? "root" : Users[random.Next(Users.Length - 1)];
        var at = random.Next(Hosts.Length);
        var host = Hosts[at];
        var operation = (AclOperation)(3 + random.Next(10));
        var type = Types[random.Next(Types.Length)];
        var name = Names[random.Next(Names.Length)];
        var requester = new Requester(new("User", user), Addresses[at], ApiKey.Fetch);
        var decided = authorizer.Authorize(requester, operation, type, name, logsDenial: false);
        if (decided != Reference(user, host, operation, type, name, allowsWithoutAcls))
        {
            Assert.Fail($"{operation} on {type} {name} by {user} from {host}: {decided} with {string.Join("; ", _reference)}");
        }
    }

    /// <summary>Kafka's rules, said once more as plainly as they can be.</summary>
    private bool Reference(string user, string host, AclOperation operation, AclResourceType type, string name, bool allowsWithoutAcls)
    {
        if (user == "root")
        {
            return true;
        }

        var concerning = _concerning[(type, name)];
        if (concerning.Count == 0)
        {
            return allowsWithoutAcls;
        }

        var principal = $"User:{user}";
        var mine = concerning.FindAll(entry =>
            (entry.Principal == principal || entry.Principal == "User:*") && (entry.Host == host || entry.Host == "*"));
        AclOperation[] sufficient = operation switch
        {
            AclOperation.Describe => [operation, AclOperation.Read, AclOperation.Write, AclOperation.Delete, AclOperation.Alter],
            AclOperation.DescribeConfigs => [operation, AclOperation.AlterConfigs],
            _ => [operation],
        };
        bool Is(AclEntry entry, AclPermission permission, params AclOperation[] operations) =>
            entry.Permission == permission && (entry.Operation == AclOperation.All || operations.Contains(entry.Operation));
        return !mine.Exists(entry => Is(entry, AclPermission.Deny, operation)) && mine.Exists(entry => Is(entry, AclPermission.Allow, sufficient));
    }

    private void RequireAgreementOnType(AclAuthorizer authorizer, bool allowsWithoutAcls, SeededRandomSource random)
    {
        var user = random.Next(40) == 0 ? "root" : Users[random.Next(Users.Length - 1)];
        var at = random.Next(Hosts.Length);
        var operation = (AclOperation)(3 + random.Next(10));
        var type = Types[random.Next(Types.Length)];
        var decided = authorizer.AuthorizeByResourceType(new(new("User", user), Addresses[at], ApiKey.InitProducerId), operation, type);
        if (decided != ReferenceOfType(user, Hosts[at], operation, type, allowsWithoutAcls))
        {
            Assert.Fail($"{operation} on any {type} by {user} from {Hosts[at]}: {decided} with {string.Join("; ", _reference)}");
        }
    }

    /// <summary>Is there any name that lists would allow? Beside names of lists, one of no list's stands for all others.</summary>
    private bool ReferenceOfType(string user, string host, AclOperation operation, AclResourceType type, bool allowsWithoutAcls)
    {
        const string Other = "~";
        var mine = _reference.Where(acl =>
            acl.Resource.Type == type
            && (acl.Entry.Principal == $"User:{user}" || acl.Entry.Principal == "User:*") && (acl.Entry.Host == host || acl.Entry.Host == "*")
            && (acl.Entry.Operation == operation || acl.Entry.Operation == AclOperation.All)).ToLookup(acl => acl.Entry.Permission, acl => acl.Resource);
        bool Covers(AclResource list, string name) =>
            list.Pattern == AclPatternType.Prefixed ? name.StartsWith(list.Name, StringComparison.Ordinal) : list.Name == name || list.Name == "*";
        string NameIn(AclResource list) => list.Pattern == AclPatternType.Prefixed ? list.Name + Other : list.Name == "*" ? Other : list.Name;
        return user == "root"
            || (allowsWithoutAcls && !mine[AclPermission.Deny].Any(denied => Covers(denied, Other)))
            || mine[AclPermission.Allow].Any(allowed => !mine[AclPermission.Deny].Any(denied => Covers(denied, NameIn(allowed))));
    }

    private static AclResource Resource(SeededRandomSource random) =>
        new(
            Types[random.Next(Types.Length)],
            Names[random.Next(Names.Length)],
            random.Next(3) == 0 ? AclPatternType.Prefixed : AclPatternType.Literal);

    private static AclEntry Entry(SeededRandomSource random) =>
        new(
            $"User:{Users[random.Next(Users.Length)]}",
            random.Next(4) == 0 ? AclPermission.Deny : AclPermission.Allow,
            random.Next(2) == 0 ? "*" : Hosts[random.Next(Hosts.Length)],
            (AclOperation)(2 + random.Next(11)));

    /// <summary>The authorizer of one broker over a ZooKeeper that all share.</summary>
    private sealed class AclBroker
    {
        private readonly ManualEventLoop _loop;
        private readonly AclAdministration _acls;

        public AclBroker(ManualTime time, InMemoryZooKeeper zooKeeper, AclAuthorizerConfig config, int seed)
        {
            _loop = time.CreateLoop($"zookeeper-{seed}");
            var random = new SeededRandomSource((ulong)seed);
            var store = new MetadataStore(
                zooKeeper.Connect(_loop), _loop, random, MetadataVersions.Latest, secureAcls: false, NullLoggerFactory.Instance);
            store.Session.Start();
            var trace = new AuthorizerTrace(NullLoggerFactory.Instance);
            Authorizer = new AclAuthorizer(config, trace);
            _acls = new AclAdministration(Authorizer, store.Acls, _loop, random, trace);
            _loop.Run(() => _acls.StartAsync(store.Znodes, store.Session, NullLoggerFactory.Instance));
        }

        public AclAuthorizer Authorizer { get; }

        public void Add(AclResource resource, AclEntry entry) => _loop.Run(() => _acls.AddAsync(resource, [entry]));

        public int Remove(AclFilter filter) => _loop.Run(() => _acls.RemoveAsync([filter]))[0].Count;

        public void Stop() => _acls.Stop();
    }
}
