using ClassicBroker.Client;
using ClassicBroker.Tools.Facts;

namespace ClassicBroker.Tools.Configs;

/// <summary>SCRAM credentials of users by way of the brokers (KIP-554). Threading: used by one tool.</summary>
internal sealed class ScramConfigs(AdminClient admin, TextWriter output, FactDocument? facts)
{
    public Task AlterAsync(string user, IReadOnlyDictionary<string, string> added, IReadOnlyList<string> deleted)
    {
        var upsertions = added
            .Select(pair => ScramArgument.Parse(pair.Key, pair.Value))
            .Select(argument => new ScramChange(argument.Mechanism, argument.Password, argument.Iterations));
        var deletions = deleted.Select(name => new ScramChange(ScramArgument.MechanismOf(name), Password: null, Iterations: 0));
        return admin.AlterScramUserAsync(user, deletions.Concat(upsertions).ToArray());
    }

    public async Task DescribeAsync(ConfigEntity entity)
    {
        foreach (var user in await admin.DescribeScramUsersAsync(entity.IsAll ? null : [entity.Name!]))
        {
            if (facts is not null)
            {
                ConfigFacts.Add(facts, user);
                continue;
            }

            var strengths = user.Iterations.Select(each => $"{ScramArgument.NameOf(each.Key)}=iterations={each.Value}");
            output.WriteLine(user.Failure is null
                ? $"SCRAM credential configs for user-principal '{user.Name}' are {string.Join(", ", strengths)}"
                : $"Error retrieving SCRAM credential configs for user-principal '{user.Name}': "
                    + $"{JavaException.SimpleNameOf(user.Failure)}: {user.Failure.Message}");
        }
    }
}
