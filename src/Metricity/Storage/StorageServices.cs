using Metricity.Ingest;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Metricity.Storage;

/// <summary>Wiring of the storage stage.</summary>
internal static class StorageServices
{
    public static IServiceCollection AddStorage(this IServiceCollection services, Func<IServiceProvider, StorageOptions> options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton(provider => StorageDataSource.Create(provider.GetRequiredService<StorageOptions>()));
        services.AddSingleton<StorageStatus>();
        services.AddSingleton<StateStore>();
        services.AddSingleton<IBatchStore, BatchStore>();

        return services;
    }
}
