using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;

namespace ClassicBroker.Client.Admin;

/// <summary>Calls about delegation tokens (KIP-48, KIP-373). Safe from any thread.</summary>
internal sealed class TokenAdmin(AdminCalls calls)
{
    public Task<DelegationToken> CreateAsync(string? owner, IReadOnlyCollection<string> renewers, long maxLifetimeMs) =>
        calls.RunAsync("createDelegationToken", async () =>
        {
            var named = owner is null ? null : Principal(owner);
            var response = await calls.SendToAnyAsync<CreateDelegationTokenRequest, CreateDelegationTokenResponse>(new()
            {
                OwnerPrincipalType = named?.PrincipalType,
                OwnerPrincipalName = named?.Name,
                Renewers =
                [
                    .. renewers.Select(Principal).Select(renewer => new CreateDelegationTokenRequest.CreatableRenewers
                    {
                        PrincipalType = renewer.PrincipalType,
                        PrincipalName = renewer.Name,
                    }),
                ],
                MaxLifetimeMs = maxLifetimeMs,
            });
            return calls.Failure(response.ErrorCode, null, "CreateDelegationToken") is { } failure
                ? throw failure
                : new DelegationToken
                {
                    Id = response.TokenId,
                    Hmac = response.Hmac,
                    Owner = $"{response.PrincipalType}:{response.PrincipalName}",
                    Requester = Requester(
                        response.TokenRequesterPrincipalType,
                        response.TokenRequesterPrincipalName,
                        $"{response.PrincipalType}:{response.PrincipalName}"),
                    Renewers = [.. renewers],
                    IssuedAtMs = response.IssueTimestampMs,
                    ExpiresAtMs = response.ExpiryTimestampMs,
                    MaxMs = response.MaxTimestampMs,
                };
        });

    public Task<long> RenewAsync(byte[] hmac, long periodMs) =>
        calls.RunAsync("renewDelegationToken", async () =>
        {
            var response = await calls.SendToAnyAsync<RenewDelegationTokenRequest, RenewDelegationTokenResponse>(
                new() { Hmac = hmac, RenewPeriodMs = periodMs });
            return calls.Failure(response.ErrorCode, null, "RenewDelegationToken") is { } failure
                ? throw failure
                : response.ExpiryTimestampMs;
        });

    public Task<long> ExpireAsync(byte[] hmac, long periodMs) =>
        calls.RunAsync("expireDelegationToken", async () =>
        {
            var response = await calls.SendToAnyAsync<ExpireDelegationTokenRequest, ExpireDelegationTokenResponse>(
                new() { Hmac = hmac, ExpiryTimePeriodMs = periodMs });
            return calls.Failure(response.ErrorCode, null, "ExpireDelegationToken") is { } failure
                ? throw failure
                : response.ExpiryTimestampMs;
        });

    public Task<IReadOnlyList<DelegationToken>> DescribeAsync(IReadOnlyCollection<string>? owners) =>
        calls.RunAsync<IReadOnlyList<DelegationToken>>("describeDelegationToken", async () =>
        {
            var response = await calls.SendToAnyAsync<DescribeDelegationTokenRequest, DescribeDelegationTokenResponse>(new()
            {
                Owners = owners?.Select(Principal).Select(owner => new DescribeDelegationTokenRequest.DescribeDelegationTokenOwner
                {
                    PrincipalType = owner.PrincipalType,
                    PrincipalName = owner.Name,
                }).ToArray(),
            });
            return calls.Failure(response.ErrorCode, null, "DescribeDelegationToken") is { } failure
                ? throw failure
                : [.. response.Tokens.Select(Token)];
        });

    private static DelegationToken Token(DescribeDelegationTokenResponse.DescribedDelegationToken token)
    {
        var owner = $"{token.PrincipalType}:{token.PrincipalName}";
        return new()
        {
            Id = token.TokenId,
            Hmac = token.Hmac,
            Owner = owner,
            Requester = Requester(token.TokenRequesterPrincipalType, token.TokenRequesterPrincipalName, owner),
            Renewers = [.. token.Renewers.Select(renewer => $"{renewer.PrincipalType}:{renewer.PrincipalName}")],
            IssuedAtMs = token.IssueTimestamp,
            ExpiresAtMs = token.ExpiryTimestamp,
            MaxMs = token.MaxTimestamp,
        };
    }

    /// <summary>Brokers before 3.3 do not say who asked: it was the owner.</summary>
    private static string Requester(string type, string name, string owner) => type.Length == 0 ? owner : $"{type}:{name}";

    private static KafkaPrincipal Principal(string text) =>
        KafkaPrincipal.TryParse(text)
        ?? throw new ArgumentException($"expected a string in format principalType:principalName but got {text}");
}
