using System.Security.Cryptography;
using System.Text;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Client.Admin;

/// <summary>Calls about users and clients: quotas (KIP-546) and SCRAM credentials (KIP-554). Safe from any thread.</summary>
internal sealed class UserAdmin(AdminCalls calls, IRandomSource random)
{
    private const int SaltLength = 24;

    public Task<IReadOnlyList<ClientQuota>> DescribeQuotasAsync(IReadOnlyCollection<ClientQuotaFilter> filters, bool strict) =>
        calls.RunAsync<IReadOnlyList<ClientQuota>>("describeClientQuotas", async () =>
        {
            var request = new DescribeClientQuotasRequest
            {
                Components = filters
                    .Select(filter => new DescribeClientQuotasRequest.ComponentData
                    {
                        EntityType = filter.Type,
                        MatchType = (sbyte)filter.Match,
                        Match = filter.Name,
                    })
                    .ToArray(),
                Strict = strict,
            };
            var response = await calls.SendToAnyAsync<DescribeClientQuotasRequest, DescribeClientQuotasResponse>(request);
            return calls.Failure(response.ErrorCode, response.ErrorMessage, "DescribeClientQuotas") is { } failure
                ? throw failure
                : (response.Entries ?? []).Select(Quota).ToArray();
        });

    public Task AlterQuotasAsync(IReadOnlyList<ClientQuotaPart> entity, IReadOnlyDictionary<string, double?> changes) =>
        calls.RunAsync("alterClientQuotas", async () =>
        {
            var request = new AlterClientQuotasRequest
            {
                Entries =
                [
                    new AlterClientQuotasRequest.EntryData
                    {
                        Entity = entity
                            .Select(part => new AlterClientQuotasRequest.EntityData { EntityType = part.Type, EntityName = part.Name })
                            .ToArray(),
                        Ops = changes
                            .Select(change => new AlterClientQuotasRequest.OpData
                            {
                                Key = change.Key,
                                Value = change.Value ?? 0,
                                Remove = change.Value is null,
                            })
                            .ToArray(),
                    },
                ],
            };
            var response = await calls.SendToAnyAsync<AlterClientQuotasRequest, AlterClientQuotasResponse>(request);
            var answer = AdminCalls.Only(response.Entries);
            return calls.Failure(answer.ErrorCode, answer.ErrorMessage, "AlterClientQuotas") is { } failure ? throw failure : true;
        });

    public Task<IReadOnlyList<ScramUser>> DescribeScramUsersAsync(IReadOnlyCollection<string>? names) =>
        calls.RunAsync<IReadOnlyList<ScramUser>>("describeUserScramCredentials", async () =>
        {
            var request = new DescribeUserScramCredentialsRequest
            {
                Users = names?.Select(name => new DescribeUserScramCredentialsRequest.UserName { Name = name }).ToArray(),
            };
            var response =
                await calls.SendToAnyAsync<DescribeUserScramCredentialsRequest, DescribeUserScramCredentialsResponse>(request);
            return calls.Failure(response.ErrorCode, response.ErrorMessage, "DescribeUserScramCredentials") is { } failure
                ? throw failure
                : response.Results.Where(result => result.ErrorCode != ErrorCode.ResourceNotFound).Select(User).ToArray();
        });

    public async Task AlterScramUserAsync(string user, IReadOnlyCollection<ScramChange> changes)
    {
        // Hashed once, and not on the network thread: it takes as long as it is meant to.
        var upsertions = changes.Where(change => change.Password is not null).Select(change => Salted(user, change)).ToArray();
        var deletions = changes
            .Where(change => change.Password is null)
            .Select(change => new AlterUserScramCredentialsRequest.ScramCredentialDeletion
            {
                Name = user,
                Mechanism = (sbyte)change.Mechanism,
            })
            .ToArray();
        await calls.RunAsync("alterUserScramCredentials", async () =>
        {
            var request = new AlterUserScramCredentialsRequest { Deletions = deletions, Upsertions = upsertions };
            var response =
                await calls.SendToControllerAsync<AlterUserScramCredentialsRequest, AlterUserScramCredentialsResponse>(request);
            var answer = AdminCalls.Only(response.Results);
            calls.RequireController(answer.ErrorCode);
            return calls.Failure(answer.ErrorCode, answer.ErrorMessage, "AlterUserScramCredentials") is { } failure
                ? throw failure
                : true;
        });
    }

    private AlterUserScramCredentialsRequest.ScramCredentialUpsertion Salted(string user, ScramChange change)
    {
        var salt = new byte[SaltLength];
        random.Fill(salt);
        var (hash, length) = change.Mechanism == ScramMechanism.Sha256
            ? (HashAlgorithmName.SHA256, SHA256.HashSizeInBytes)
            : (HashAlgorithmName.SHA512, SHA512.HashSizeInBytes);
        return new AlterUserScramCredentialsRequest.ScramCredentialUpsertion
        {
            Name = user,
            Mechanism = (sbyte)change.Mechanism,
            Iterations = change.Iterations,
            Salt = salt,
            SaltedPassword = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(change.Password!), salt, change.Iterations, hash, length),
        };
    }

    private static ClientQuota Quota(DescribeClientQuotasResponse.EntryData entry) =>
        new(
            entry.Entity.Select(part => new ClientQuotaPart(part.EntityType, part.EntityName)).ToArray(),
            entry.Values.Select(value => KeyValuePair.Create(value.Key, value.Value)).ToArray());

    private ScramUser User(DescribeUserScramCredentialsResponse.DescribeUserScramCredentialsResult result) =>
        new(
            result.User,
            result.CredentialInfos.Select(entry => KeyValuePair.Create((ScramMechanism)entry.Mechanism, entry.Iterations)).ToArray(),
            calls.Failure(result.ErrorCode, result.ErrorMessage, "DescribeUserScramCredentials"));
}
