import sys; sys.path.insert(0,'/tmp/dup')
from ev import *
import cProfile,pstats
tb=pq.read_table('/tmp/dup/g100k.parquet'); ans=[Answer(t,BOIL.sub("",x)) for t,x in zip(tb['title'].to_pylist(),tb['text'].to_pylist())]
find_near(ans[:3000])
pr=cProfile.Profile(); pr.enable(); find_near([Answer(a.title,a.text) for a in ans]); pr.disable(); pstats.Stats(pr).sort_stats('tottime').print_stats(32)
