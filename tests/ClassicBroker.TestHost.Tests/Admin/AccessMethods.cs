using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;

namespace ClassicBroker.TestHost.Tests.Admin;

/// <summary>Methods about users, quotas, ACLs and delegation tokens. Stateless.</summary>
internal static class AccessMethods
{
    private static readonly AclEntry Reads = new("User:alice", AclPermission.Allow, AclEntry.WildcardHost, AclOperation.Read);

    public static readonly Dictionary<string, AdminMethod> All = new()
    {
        [nameof(AdminClient.DescribeClientQuotasAsync)] = new(
            (admin, cancellation) => admin.DescribeClientQuotasAsync([ClientQuotaFilter.AnyOf(ClientQuotaPart.User)], cancellation: cancellation),
            async broker =>
            {
                var user = new ClientQuotaPart(ClientQuotaPart.User, broker.NewName());
                await broker.Admin.AlterClientQuotasAsync([user], new Dictionary<string, double?> { ["producer_byte_rate"] = 1000 });
                var described = Assert.Single(await broker.Admin.DescribeClientQuotasAsync([ClientQuotaFilter.Of(user)]));
                Assert.Equal([KeyValuePair.Create("producer_byte_rate", 1000.0)], described.Values);
            },
            broker => Refused.With(
                ErrorCode.UnsupportedVersion,
                () => broker.Admin.DescribeClientQuotasAsync([new ClientQuotaFilter("planet", ClientQuotaMatch.Any, null)]))),
        [nameof(AdminClient.AlterClientQuotasAsync)] = new(
            (admin, cancellation) =>
                admin.AlterClientQuotasAsync([new ClientQuotaPart(ClientQuotaPart.User, "u")], new Dictionary<string, double?>(), cancellation),
            async broker =>
            {
                var client = new ClientQuotaPart(ClientQuotaPart.ClientId, broker.NewName());
                await broker.Admin.AlterClientQuotasAsync([client], new Dictionary<string, double?> { ["request_percentage"] = 50 });
                await broker.Admin.AlterClientQuotasAsync([client], new Dictionary<string, double?> { ["request_percentage"] = null });
                Assert.Empty(await broker.Admin.DescribeClientQuotasAsync([ClientQuotaFilter.Of(client)]));
            },
            broker => Refused.With(
                ErrorCode.InvalidRequest,
                () => broker.Admin.AlterClientQuotasAsync(
                    [new ClientQuotaPart(ClientQuotaPart.User, "u")], new Dictionary<string, double?> { ["speed"] = 1 }))),
        [nameof(AdminClient.DescribeScramUsersAsync)] = new(
            (admin, cancellation) => admin.DescribeScramUsersAsync(cancellation: cancellation),
            async broker =>
            {
                var user = await NewScramUserAsync(broker);
                Assert.Equal(user, Assert.Single(await broker.Admin.DescribeScramUsersAsync([user])).Name);
            },
            async broker =>
            {
                var user = await NewScramUserAsync(broker);
                var described = Assert.Single(await broker.Admin.DescribeScramUsersAsync(["absent", user]));
                Assert.Equal((user, null), (described.Name, described.Failure));
            }),
        [nameof(AdminClient.AlterScramUserAsync)] = new(
            (admin, cancellation) => admin.AlterScramUserAsync("u", [new ScramChange(ScramMechanism.Sha256, "secret", 4096)], cancellation),
            async broker =>
            {
                var user = await NewScramUserAsync(broker);
                await broker.Admin.AlterScramUserAsync(user, [new ScramChange(ScramMechanism.Sha256, null, 0)]);
                Assert.Empty(await broker.Admin.DescribeScramUsersAsync([user]));
            },
            broker => Refused.With(
                ErrorCode.UnacceptableCredential,
                () => broker.Admin.AlterScramUserAsync("u", [new ScramChange(ScramMechanism.Sha256, "secret", 1)]))),
        [nameof(AdminClient.DescribeAclsAsync)] = new(
            (admin, cancellation) => admin.DescribeAclsAsync(new AclFilter(), cancellation),
            async broker =>
            {
                var topic = await NewAclAsync(broker);
                Assert.Equal([(topic, Reads)], await broker.Admin.DescribeAclsAsync(new AclFilter { Name = topic.Name }));
            },
            async broker => Assert.Empty(await broker.Admin.DescribeAclsAsync(new AclFilter { Name = "absent" }))),
        [nameof(AdminClient.CreateAclsAsync)] = new(
            (admin, cancellation) => admin.CreateAclsAsync([(Topic("t"), Reads)], cancellation),
            async broker => await NewAclAsync(broker),
            async broker =>
            {
                var (nothing, topic) = (Topic(""), Topic(broker.NewName()));
                var created = await broker.Admin.CreateAclsAsync([(nothing, Reads), (topic, Reads)]);
                Refused.With(ErrorCode.InvalidRequest, created[0].Failure);
                Assert.Equal((topic, Reads, null), (created[1].Resource, created[1].Entry, created[1].Failure));
            }),
        [nameof(AdminClient.DeleteAclsAsync)] = new(
            (admin, cancellation) => admin.DeleteAclsAsync([new AclFilter()], cancellation),
            async broker =>
            {
                var topic = await NewAclAsync(broker);
                var deleted = await broker.Admin.DeleteAclsAsync([new AclFilter { Name = topic.Name }, new AclFilter { Name = "absent" }]);
                Assert.Equal([new AclResult(topic, Reads, null)], deleted[0].Acls);
                Assert.Empty(deleted[1].Acls);
                Assert.Empty(await broker.Admin.DescribeAclsAsync(new AclFilter { Name = topic.Name }));
            },
            Wrong: null),
        [nameof(AdminClient.CreateDelegationTokenAsync)] = new(
            (admin, cancellation) => admin.CreateDelegationTokenAsync([], cancellation: cancellation),
            async broker =>
            {
                var token = await broker.Admin.CreateDelegationTokenAsync(["User:alice"], maxLifetimeMs: 60_000);
                Assert.Equal(("User:admin", 60_000), (token.Owner, token.MaxMs - token.IssuedAtMs));
                Assert.Equal(["User:alice"], token.Renewers);
            },
            broker => Refused.With(
                ErrorCode.InvalidPrincipalType, () => broker.Admin.CreateDelegationTokenAsync(["Group:alice"]))),
        [nameof(AdminClient.RenewDelegationTokenAsync)] = new(
            (admin, cancellation) => admin.RenewDelegationTokenAsync([1], cancellation: cancellation),
            async broker =>
            {
                var token = await broker.Admin.CreateDelegationTokenAsync([], maxLifetimeMs: 60_000);
                Assert.InRange(await broker.Admin.RenewDelegationTokenAsync(token.Hmac, 30_000), token.IssuedAtMs, token.MaxMs);
            },
            broker => Refused.With(ErrorCode.DelegationTokenNotFound, () => broker.Admin.RenewDelegationTokenAsync([1, 2, 3]))),
        [nameof(AdminClient.ExpireDelegationTokenAsync)] = new(
            (admin, cancellation) => admin.ExpireDelegationTokenAsync([1], cancellation: cancellation),
            async broker =>
            {
                var token = await broker.Admin.CreateDelegationTokenAsync([]);
                await broker.Admin.ExpireDelegationTokenAsync(token.Hmac);
                Assert.DoesNotContain(token.Id, (await broker.Admin.DescribeDelegationTokensAsync()).Select(each => each.Id));
            },
            broker => Refused.With(ErrorCode.DelegationTokenNotFound, () => broker.Admin.ExpireDelegationTokenAsync([1, 2, 3]))),
        [nameof(AdminClient.DescribeDelegationTokensAsync)] = new(
            (admin, cancellation) => admin.DescribeDelegationTokensAsync(cancellation: cancellation),
            async broker =>
            {
                var token = await broker.Admin.CreateDelegationTokenAsync([]);
                Assert.Contains(token.Id, (await broker.Admin.DescribeDelegationTokensAsync(["User:admin"])).Select(each => each.Id));
            },
            async broker => Assert.Empty(await broker.Admin.DescribeDelegationTokensAsync(["User:absent"]))),
    };

    private static AclResource Topic(string name) => new(AclResourceType.Topic, name, AclPatternType.Literal);

    private static async Task<AclResource> NewAclAsync(AdminBroker broker)
    {
        var topic = Topic(broker.NewName());
        Assert.Null(Assert.Single(await broker.Admin.CreateAclsAsync([(topic, Reads)])).Failure);
        return topic;
    }

    private static async Task<string> NewScramUserAsync(AdminBroker broker)
    {
        var user = broker.NewName();
        await broker.Admin.AlterScramUserAsync(user, [new ScramChange(ScramMechanism.Sha256, "secret", 4096)]);
        return user;
    }
}
